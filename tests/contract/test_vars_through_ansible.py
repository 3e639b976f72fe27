"""What Odoo writes is what Ansible reads: every text unchanged, none executed."""

import json
import subprocess
import sys
from pathlib import Path

from tests.contract.hostile_texts import hostile_texts
from tests.unit.samples import variables
from tools import vars_file

COUNT = 20_000
PLAYBOOK = """
- hosts: all
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks:
    - ansible.builtin.copy:
        dest: "{{ playbook_dir }}/read.json"
        mode: "0600"
        content: >-
          {{ {'nested': odoo_nested, 'flat': hostvars[inventory_hostname] | dict2items
          | selectattr('key', 'match', 'odoo_text_') | items2dict} | to_json }}
"""


def test_hostile_texts_reach_ansible_unchanged_and_inert(tmp_path):
    canary = tmp_path / "executed"
    texts = hostile_texts(COUNT, str(canary))
    flat = {f"odoo_text_{i}": text for i, text in enumerate(texts[::2])}
    nested = [{"key": text, "list": [text, [text]]} for text in texts[1::2]]
    written = vars_file.dump_vars(variables(odoo_nested=nested, **flat))
    (tmp_path / "vars.yml").write_text(written)
    read = _read_by_ansible(tmp_path)
    assert len(read["flat"]) + len(read["nested"]) == COUNT
    assert read == {"flat": flat, "nested": nested}
    assert not canary.exists()


def test_types_reach_ansible_unchanged(tmp_path):
    values = [
        True,
        False,
        0,
        -1,
        2**40,
        1.5,
        "1",
        "true",
        "",
        [],
        {},
        [[1], {"a": "yes"}],
    ]
    (tmp_path / "vars.yml").write_text(
        vars_file.dump_vars(variables(odoo_nested=values, odoo_text_0="010"))
    )
    read = _read_by_ansible(tmp_path)
    assert json.dumps(read["nested"]) == json.dumps(values)
    assert read["flat"] == {"odoo_text_0": "010"}


def test_the_canary_would_be_seen(tmp_path):
    """The same text, written as plain YAML, is executed: the test above can fail."""
    canary = tmp_path / "executed"
    text = f"{{{{ lookup('pipe', 'touch {canary}') }}}}"
    plain = json.dumps({"odoo_nested": [text], "odoo_text_0": ""})
    (tmp_path / "vars.yml").write_text(plain)
    _read_by_ansible(tmp_path)
    assert canary.exists()


def _read_by_ansible(path: Path) -> dict:
    (path / "playbook.yml").write_text(PLAYBOOK)
    program = Path(sys.executable).with_name("ansible-playbook")
    subprocess.run(
        [program, "playbook.yml", "-i", "acme.mint-cloud.test,", "-e", "@vars.yml"],
        cwd=path,
        check=True,
        capture_output=True,
    )
    return json.loads((path / "read.json").read_text())
