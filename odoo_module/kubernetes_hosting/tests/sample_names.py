"""What people type as a project name: 200 bad ones with the broken rule, 50 good ones.

Plain data, for every way in: shop, live check, RPC and import give the same verdict.
Line breaks stand inside of names only where a form sends them on.
"""

_LONG = "x" * 41
BAD: dict[str, list[str]] = {
    "too_short": "a b z ab xy zz i9 q1 A Ab X7 io".split(),
    "too_long": [
        _LONG,
        "x" * 63,
        "x" * 64,
        "x" * 100,
        "a-" * 20 + "aa",
        "acme-international-holding-switzerland-ag",
        "donaudampfschifffahrtsgesellschaft-kapitaen",
    ],
    "not_ascii": """
        müller Müller bäckerei zürich genève café garçon señor łódź straße weiß ångström
        øresund æther œuvre ﬁrma ａｃｍｅ ＡＣＭＥ Ⅷacme acme² acmé ácme ñandu çedille
        αcme аcme acmе хост 例え 公司 شركة חברה กขค ひらがな カタカナ 한국어 acme™ acme©
        acme€ acme–ag acme—ag acme‐ag acme‑ag acme’s acme“x” acme… ½acme 𝐚𝐜𝐦𝐞 🚀rocket
        shop🛒 ac\u200bme ac\u00adme acme\u2060 ac\u202eme \u212aelvin \ufeffacme
    """.split()
    + ["acme\u00a0ag", "acme\u2003ag", "acme\u200b"],
    "characters": """
        acme.ch www.acme.ch acme_ag acme+co acme&co acme@home a*b*c acme! acme? acme#1
        acme$ acme% acme^ acme= acme~ acme` acme' acme" acme\\x acme/x acme:80 acme;x
        acme,ag acme|x acme<b> <script>alert(1)</script> {{7*7}} {%x%} {#x#} ${id} $(id)
        `id` ../etc ../../x %2e%2e ';-- "or"1 a|b a&b a>b a<b [abc] (abc) {abc} acme\\n
        https://acme.ch acme@sha256 !unsafe &anchor *alias %YAML a:b a=b 1+1 x^y
    """.split()
    + ["acme ag", "a c m e", "acme\tag", "acme - ag", "ac\x00me", "ac\x1bme"],
    "start": """
        1acme 2nd 3com 42answers 007 123 2026 0day 9-lives -acme -a1 --- -- -1- 24-7
        1-2-3 0x41 00000
    """.split()
    + ["-" * 10],
    "end": "acme- abc- a-b- shop- acme-ag- mein-shop- x1-".split(),
    "double_hyphen": """
        ac--me xn--mller-kva a--b acme--ag acme---ag xn--80ak6aa92e a--1 acme--stag
    """.split(),
    "staging": """
        acme-stag acme-staging shop-stag ACME-STAG Acme-Staging my-acme-stag x-stag
        a-b-staging
    """.split(),
    "reserved": """
        www WWW www1 www42 ns1 ns12 mx1 mail mail2 smtp smtp3 ftp ftp1 vpn vpn9 dns dns2
        admin Admin api root postmaster hostmaster webmaster abuse security true false
        null yes default autodiscover autoconfig localhost wpad
    """.split(),
}
# Texts of fewer than three characters count as short first; these are long enough.
BAD["start"] = [text for text in BAD["start"] if len(text) > 2]

GOOD: dict[str, str] = {
    text: text.strip().lower()
    for text in [
        *"""
        acme Acme ACME acme-ag acme-2 a-b abc a1b2 x-y-z mueller mueller-soehne muster
        muster-gmbh zuerich baeckerei-huber shop-ag my-shop mailer mailing wwwacme
        admins apis rooting staging-acme stag-acme acme-stage acme-stagx
        acme-staging-2 truely nullen yesss k8s-freunde kubeline a23 abc-123 r2d2 c-3po
        der-laden le-chateau il-mulino la-casa-2026 xyz
        """.split(),
        "x" * 40,
        "a-" * 19 + "ab",
        " acme-blank ",
        "\tacme-tab",
        "acme-line\n",
        "Acme-Mixed-CASE",
        "q-1-w-2-e-3",
        "z" * 39,
    ]
}
