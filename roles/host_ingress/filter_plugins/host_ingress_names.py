"""What further names and cert-manager add to a ladder."""

RANK = {"skipped": 0, "ok": 1, "pending": 2, "failed": 3}
CONDITIONS = ("Issuing", "Ready")


def merged(ladders, names):
    """Return one ladder of a host with several names: each step is as bad as its worst name.

    :param ladders: one for each name, the host's own first
    :param names: the names, in the same order
    """
    steps = [
        merged_step(list(zip(names, rows, strict=True)))
        for rows in zip(*(ladder["steps"] for ladder in ladders), strict=True)
    ]
    return {"url": ladders[0]["url"], "steps": steps}


def merged_step(rows):
    """Return one step of all names: its detail tells the names that are not ok."""
    own = rows[0][1]
    worst = max((row for _, row in rows), key=lambda row: RANK[row["state"]])
    if len(rows) == 1 or RANK[worst["state"]] <= RANK["ok"]:
        return own
    told = [f"{name}: {row['detail']}" for name, row in rows if same(row, worst)]
    return worst | {"detail": "; ".join(told)[:300]}


def same(row, other):
    """Tell whether two rows have the same state."""
    return row["state"] == other["state"]


def told_by_issuer(ladder, certificates, names):
    """Return the ladder with what cert-manager says of a certificate that is not there yet.

    :param certificates: the namespace's cert-manager.io Certificates; [] without cert-manager
    :param names: the host's names
    """
    for obj in certificates:
        covered = set(obj.get("spec", {}).get("dnsNames") or []) & set(names)
        reason = unready(obj)
        if covered and reason:
            return {
                **ladder,
                "steps": [explained(s, obj, reason) for s in ladder["steps"]],
            }
    return ladder


def unready(certificate):
    """Return why a Certificate is not ready, or '' if it is."""
    found = (certificate.get("status") or {}).get("conditions") or []
    conditions = {row.get("type"): row for row in found}
    if conditions.get("Ready", {}).get("status") == "True":
        return ""
    for name in CONDITIONS:
        row = conditions.get(name) or {}
        if row.get("status") == "False" and row.get("message"):
            return f"{row.get('reason', name)}: {row['message']}"
    return "it was not looked at yet"


def explained(step, certificate, reason):
    """Return the certificate's step with the issuer's words; other steps as they are."""
    if step["step"] != "certificate":
        return step
    place = certificate["metadata"]
    detail = f"{step['detail']}; cert-manager, {place['name']}: {reason}"
    hint = f"kubectl -n {place['namespace']} describe certificate {place['name']}"
    return step | {"detail": detail[:300], "hint": hint}


class FilterModule:
    """Filters of host_ingress; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [merged, told_by_issuer]
        return {f"host_ingress_{function.__name__}": function for function in functions}
