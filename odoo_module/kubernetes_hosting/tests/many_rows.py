"""A thousand hosts and their runs as rows, written by SQL: what lists have to bear."""

import json

from .common import STEPS

LADDER = [
    {"step": step, "state": "ok", "detail": "203.0.113.7", "hint": ""} for step in STEPS
]
_PROJECTS = """
    INSERT INTO kubernetes_project
        (name, cluster_id, company_id, partner_id, state, create_date, write_date)
    SELECT 'many-' || n, %(cluster)s, %(company)s, %(partner)s, 'active', now(), now()
    FROM generate_series(1, %(hosts)s / 2) n RETURNING id
"""
# Every tenth one is red, every fifteenth is looked at, every seventh is pending.
_HOSTS = """
    INSERT INTO kubernetes_host
        (project_id, environment, fqdn, namespace, cluster_id, company_id, partner_id,
         lifecycle, health, activity, checked_at, ladder, error_class, error_message,
         needs_attention, update_available, deploy_waiting, quota_cpu, quota_memory,
         quota_storage, quota_pods, activated_at, ready_at, create_date, write_date)
    SELECT project.id, environment,
        project.name || suffix || '.example.com', 'host-' || project.name || suffix,
        project.cluster_id, project.company_id, project.partner_id, 'active',
        CASE WHEN project.id %% 10 = 0 THEN 'failed'
             WHEN project.id %% 7 = 0 THEN 'pending' ELSE 'ok' END,
        CASE WHEN project.id %% 15 = 0 THEN 'running' ELSE 'idle' END,
        now() - interval '1 minute' * (project.id %% 500), %(ladder)s,
        CASE WHEN project.id %% 10 = 0 THEN 'not_ready' END,
        CASE WHEN project.id %% 10 = 0 THEN 'The pod web-0 is not ready.' END,
        project.id %% 10 = 0, project.id %% 4 = 0, false, '2', '4Gi', '30Gi', 20,
        now() - interval '1 hour', now() - interval '1 hour' + interval '1 second'
        * (40 + project.id %% 60), now(), now()
    FROM kubernetes_project project, (VALUES ('production', ''), ('staging', '-stag'))
        AS kind (environment, suffix)
    WHERE project.id = ANY(%(projects)s) RETURNING id
"""
_LINES = """
    INSERT INTO kubernetes_host_manifest
        (host_id, manifest_id, version_id, track, sequence, newer_count)
    SELECT host, %(manifest)s, %(version)s, 'latest', 10, 0
    FROM unnest(%(host_ids)s) host
"""
_RUNS = """
    INSERT INTO kubernetes_run
        (uuid, playbook, state, cluster_id, company_id, user_id, attempt, started_at,
         ended_at, create_date, write_date, tasks_done, error_class)
    SELECT gen_random_uuid(), CASE WHEN n %% 3 = 0 THEN 'apply' ELSE 'status' END,
        CASE WHEN n %% 20 = 0 THEN 'failed' ELSE 'done' END, %(cluster)s, %(company)s,
        %(user)s, 1, at, at + interval '40 seconds', at, at, 60,
        CASE WHEN n %% 40 = 0 THEN 'not_ready' WHEN n %% 20 = 0 THEN 'quota' END
    FROM (SELECT n, now() - interval '2 minutes' * n AS at
          FROM generate_series(1, %(runs)s) n) series RETURNING id
"""
_RUN_LINES = """
    INSERT INTO kubernetes_run_line
        (run_id, host_id, company_id, writes, state, changed, result, error_class,
         error_message, ended_at, create_date, write_date)
    SELECT run.id, (%(host_ids)s)[1 + run.id %% %(hosts)s], run.company_id,
        run.playbook = 'apply', run.state, 0, %(result)s, run.error_class,
        run.error_class, run.ended_at, run.create_date, run.write_date
    FROM kubernetes_run run WHERE run.id = ANY(%(run_ids)s)
"""


def create_rows(env, cluster, version, hosts=1000, runs=20000):
    """Write hosts of one cluster with one manifest, and their runs; return the hosts."""
    env.flush_all()
    values = {
        "cluster": cluster.id,
        "company": env.company.id,
        "partner": env.company.partner_id.id,
        "user": env.uid,
        "manifest": version.manifest_id.id,
        "version": version.id,
        "hosts": hosts,
        "runs": runs,
        "ladder": json.dumps(LADDER),
        "result": json.dumps({"ok": True, "ingress": {"steps": LADDER}}),
    }

    def insert(query):
        env.cr.execute(query, values)
        return [row[0] for row in env.cr.fetchall()] if "RETURNING" in query else []

    values["projects"] = insert(_PROJECTS)
    values["host_ids"] = insert(_HOSTS)
    insert(_LINES)
    values["run_ids"] = insert(_RUNS)
    insert(_RUN_LINES)
    for table in ("project", "host", "host_manifest", "run", "run_line"):
        env.cr.execute(f"ANALYZE kubernetes_{table}")
    env.invalidate_all()
    return env["kubernetes.host"].browse(values["host_ids"])
