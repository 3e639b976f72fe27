"""What the orphan report reads: one query for each kind, all with the same columns."""

from odoo.tools import SQL

# One id for each line that stays the same from one reading to the next: the number of
# the kind, then the record's. A namespace has no number: its name's hash is one.
_STEP = 10_000_000_000
_LIVING = SQL("('active', 'suspended')")

_SUBSCRIPTIONS = SQL(
    """
    SELECT %(step)s + s.id AS id, 'subscription' AS kind, s.name AS name,
           p.id AS project_id, NULL::int AS host_id, s.id AS subscription_id,
           p.cluster_id AS cluster_id, s.company_id AS company_id,
           s.date_start::timestamp AS since
      FROM sale_subscription s
      JOIN sale_subscription_stage g ON g.id = s.stage_id AND g.type = 'in_progress'
      LEFT JOIN kubernetes_project p
             ON p.subscription_id = s.id AND p.state != 'released'
     WHERE s.active
       AND EXISTS (SELECT 1
                     FROM sale_subscription_line l
                     JOIN product_product v ON v.id = l.product_id
                     JOIN product_template t ON t.id = v.product_tmpl_id
                    WHERE l.sale_subscription_id = s.id AND t.is_hosting)
       AND NOT EXISTS (SELECT 1
                         FROM kubernetes_host h
                        WHERE h.project_id = p.id AND h.lifecycle IN %(living)s)
    """,
    step=_STEP,
    living=_LIVING,
)
_HOSTS = SQL(
    """
    SELECT 2 * %(step)s + h.id, 'host', h.fqdn, p.id, h.id, s.id, h.cluster_id,
           h.company_id, h.create_date
      FROM kubernetes_host h
      JOIN kubernetes_project p ON p.id = h.project_id
      LEFT JOIN sale_subscription s ON s.id = p.subscription_id
      LEFT JOIN sale_subscription_stage g ON g.id = s.stage_id
     WHERE h.lifecycle IN %(living)s
       AND p.state NOT IN ('terminating')
       AND p.is_internal IS NOT TRUE
       AND (p.hold_until IS NULL OR p.hold_until <= CURRENT_DATE)
       AND (s.id IS NULL OR g.type IS NULL OR g.type IN ('draft', 'pre')
            OR (g.type = 'post' AND COALESCE(p.terminate_on, '1970-01-01') + 1
                                    < CURRENT_DATE))
    """,
    step=_STEP,
    living=_LIVING,
)
# A project's backups outlive its hosts, as long as its name is not released.
_NAMESPACES = SQL(
    """
    SELECT 3 * %(step)s + c.id * 100000::bigint + abs(hashtext(n ->> 'name')) %% 100000,
           'namespace', n ->> 'name', NULL, NULL, NULL, c.id, c.company_id,
           c.namespaces_at
      FROM kubernetes_cluster c
     CROSS JOIN LATERAL jsonb_array_elements(
           CASE WHEN jsonb_typeof(c.namespaces) = 'array' THEN c.namespaces
                ELSE '[]' END) n
     WHERE c.active
       AND NOT EXISTS (SELECT 1
                         FROM kubernetes_host h
                        WHERE h.cluster_id = c.id AND h.namespace = n ->> 'name'
                          AND (h.lifecycle IN %(living)s
                               OR h.write_date > c.namespaces_at))
       AND NOT EXISTS (SELECT 1
                         FROM kubernetes_project p
                        WHERE p.cluster_id = c.id AND p.state != 'released'
                          AND n ->> 'name' = 'host-' || p.name || '--backup')
    """,
    step=_STEP,
    living=_LIVING,
)
_MISSING = SQL(
    """
    SELECT 4 * %(step)s + h.id, 'missing', h.fqdn, h.project_id, h.id, NULL,
           h.cluster_id, h.company_id, c.namespaces_at
      FROM kubernetes_host h
      JOIN kubernetes_cluster c ON c.id = h.cluster_id
     WHERE h.lifecycle IN %(living)s
       AND h.checked_at < c.namespaces_at
       AND jsonb_typeof(c.namespaces) = 'array'
       AND NOT c.namespaces @> jsonb_build_array(
               jsonb_build_object('name', h.namespace))
    """,
    step=_STEP,
    living=_LIVING,
)
_NAMES = SQL(
    """
    SELECT 5 * %(step)s + p.id, 'name', p.name, p.id, NULL, p.subscription_id,
           p.cluster_id, p.company_id, COALESCE(p.reserved_until, p.write_date)
      FROM kubernetes_project p
     WHERE (p.state = 'reserved'
            AND p.reserved_until < (now() at time zone 'UTC') - interval '1 hour'
            AND (p.reserved_until < (now() at time zone 'UTC') - interval '14 days'
                 OR NOT EXISTS (
                     SELECT 1
                       FROM sale_order_line l
                       JOIN sale_order_transaction_rel r
                            ON r.sale_order_id = l.order_id
                       JOIN payment_transaction t ON t.id = r.transaction_id
                      WHERE l.id = p.sale_line_id
                        AND t.state IN ('pending', 'authorized', 'done'))))
        OR (p.state = 'resting'
            AND p.resting_until < (now() at time zone 'UTC') - interval '2 days')
        OR (p.state = 'terminating'
            AND NOT EXISTS (SELECT 1
                              FROM kubernetes_host h
                             WHERE h.project_id = p.id AND h.lifecycle IN %(living)s))
    """,
    step=_STEP,
    living=_LIVING,
)

QUERIES = (_SUBSCRIPTIONS, _HOSTS, _NAMESPACES, _MISSING, _NAMES)
