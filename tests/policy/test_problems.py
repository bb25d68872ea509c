"""Every kind of mistake, with the exact sentence a person reads: where, what, and what would be right."""

from __future__ import annotations

import pytest

# fmt: off
CASES = [
    (
        'catalog',
        'tier: frontier',
        'teir: frontier',
        [
            ("catalog.yaml:10: spec.models[0] has no 'tier'; add `tier:` (Tier it belongs to: small, r"
             'easoning or frontier)'),
            ("catalog.yaml:11: unknown key 'teir' in spec.models[0]; did you mean 'tier'? known: name,"
             ' tier, base, licence, capabilities, languages, serves, ability, published, calibration, expect'
             'ed_output, max_output, serving_profile, endpoints'),
        ],
    ),
    (
        'catalog',
        'tier: frontier',
        'tier: frontal',
        [
            ("catalog.yaml:11: spec.models[0].tier is 'frontal'; it must be one of small, reasonin"
             "g, frontier; did you mean 'frontier'?"),
        ],
    ),
    (
        'catalog',
        'tier: frontier',
        'tier: [frontier]',
        [
            'catalog.yaml:11: spec.models[0].tier must be one of small, reasoning, frontier',
        ],
    ),
    (
        'catalog',
        'wire: openai',
        'wire: opnai',
        [
            ("catalog.yaml:17: spec.models[0].endpoints[0].wire is 'opnai'; it must be one of open"
             "ai, hosted, llama_cpp, transformers; did you mean 'openai'?"),
        ],
    ),
    (
        'catalog',
        '          wire: openai\n',
        '',
        [
            ("catalog.yaml:16: spec.models[0].endpoints[0] has no 'wire'; add `wire:` (openai, hos"
             'ted, llama_cpp, transformers)'),
        ],
    ),
    (
        'catalog',
        '          api_key_env: BIG_KEY',
        '          api_key: sk-123456',
        [
            ("catalog.yaml:19: unknown key 'api_key' in spec.models[0].endpoints[0]; did you mean 'api"
             "_key_env'? known: id, context, residency, simulated, active, timeouts, expected_tokens_p"
             'er_second, expected_first_token_s, max_retries, wire, base_url, upstream_model, api_key_'
             'env, max_concurrency, adapter, queue, slow_start_s, metrics_url, health_url, scrape_ever'
             'y_s, probe_every_s'),
        ],
    ),
    (
        'catalog',
        'api_key_env: BIG_KEY',
        'api_key_env: sk-proj-123456',
        [
            ('catalog.yaml:19: spec.models[0].endpoints[0].api_key_env must be the name of an envi'
             'ronment variable, such as OPENAI_API_KEY, never its value'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        'https://me:pw@api.example.com/v1',
        [
            ("catalog.yaml:18: base_url must not hold a user name or password; name the key's vari"
             'able in api_key_env'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        'ftp://api.example.com/v1',
        [
            ('catalog.yaml:18: base_url must be an http or https URL such as http://127.0.0.1:8000'
             '/v1'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        'https://${HOST}/v1',
        [
            ('catalog.yaml:18: spec.models[0].endpoints[0].base_url holds a placeholder; documents'
             ' are not expanded: write the value, use `api_key_env: NAME` for keys and `base_url: '
             '{env: NAME}` for URLs'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        '[1]',
        [
            ('catalog.yaml:18: spec.models[0].endpoints[0].base_url must be a URL, or {env: NAME, '
             'default: URL}'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        '{env: NOT_SET}',
        [
            ('catalog.yaml:18: base_url: NOT_SET is not set; set it, add a `default`, or use `acti'
             've: if_env`'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        '{}',
        [
            'catalog.yaml:18: spec.models[0].endpoints[0].base_url needs `env`, `default` or both',
        ],
    ),
    (
        'catalog',
        'context: 200000',
        'context: 200k',
        [
            ('catalog.yaml:20: spec.models[0].endpoints[0].context must be a whole number; it is a'
             ' text'),
        ],
    ),
    (
        'catalog',
        'context: 200000',
        'context: 0',
        [
            'catalog.yaml:20: spec.models[0].endpoints[0].context must be at least 1',
        ],
    ),
    (
        'catalog',
        'context: 200000',
        'context: 1.5',
        [
            ('catalog.yaml:20: spec.models[0].endpoints[0].context must be a whole number; it is a'
             ' number with a fraction'),
        ],
    ),
    (
        'catalog',
        'context: 200000',
        'context: true',
        [
            ('catalog.yaml:20: spec.models[0].endpoints[0].context must be a whole number; it is t'
             'rue or false'),
        ],
    ),
    (
        'catalog',
        'context: 200000',
        'context: 99999999999999999999',
        [
            'catalog.yaml:20: number with too many digits; quote it if it is a text',
        ],
    ),
    (
        'catalog',
        '{default: 0.9}',
        '{default: 1.9}',
        [
            'catalog.yaml:13: spec.models[0].ability.default must be at most 1',
        ],
    ),
    (
        'catalog',
        '{default: 0.9}',
        '{default: .nan}',
        [
            'catalog.yaml:13: spec.models[0].ability.default must be a finite number',
        ],
    ),
    (
        'catalog',
        '{default: 0.9}',
        '{math: 0.9}',
        [
            ("catalog.yaml:13: spec.models[0].ability has no 'default'; add `default:` (Holds for "
             'every task that is not named here)'),
        ],
    ),
    (
        'catalog',
        '{default: 0.9}',
        '{default: 0.9, maths: 0.9}',
        [
            ("catalog.yaml:13: unknown key 'maths' in spec.models[0].ability; did you mean 'math'? kno"
             'wn: default, math, code, knowledge, instruction, tool_use, extraction, classification, w'
             'riting, other, declared_weight'),
        ],
    ),
    (
        'catalog',
        'name: thinker',
        'name: big',
        [
            "catalog.yaml:22: model 'big' is already defined on line 10; names must be unique",
            ("prices.yaml:14: price for model 'thinker', which the catalog does not have; known: b"
             'ig'),
        ],
    ),
    (
        'catalog',
        'name: thinker',
        'name: auto',
        [
            "catalog.yaml:22: model name 'auto' is reserved for routing by policy; choose another",
            ('catalog.yaml:36: endpoint gpu-simulated of model auto has no price in force; add one'
             ' for `model: auto` to prices.yaml'),
            ("prices.yaml:14: price for model 'thinker', which the catalog does not have; known: b"
             'ig, auto'),
        ],
    ),
    (
        'catalog',
        'id: gpu\n',
        'id: big-us\n',
        [
            "catalog.yaml:30: endpoint 'big-us' is already defined on line 16; ids must be unique",
        ],
    ),
    (
        'catalog',
        'serving_profile: qwq',
        'serving_profile: qwk',
        [
            ("catalog.yaml:26: serving profile 'qwk' does not exist; did you mean 'qwq'? known: qw"
             'q'),
        ],
    ),
    (
        'catalog',
        'capabilities: [tools]',
        'capabilities: tools',
        [
            ('catalog.yaml:25: spec.models[1].capabilities must be a list, written [a, b] or one `'
             '- item` per line; it is a text'),
        ],
    ),
    (
        'catalog',
        'capabilities: [tools]',
        'capabilities: [tool]',
        [
            ("catalog.yaml:25: spec.models[1].capabilities[0] is 'tool'; it must be one of tools, "
             "parallel_tools, json_object, json_schema, vision, audio, logprobs, n; did you mean '"
             "tools'?"),
        ],
    ),
    (
        'catalog',
        'temperature: 0.6, ',
        '',
        [
            ('catalog.yaml:6: spec.serving_profiles.qwq: forbid_greedy lifts temperature 0 to samp'
             'ling_defaults.temperature: give one greater than 0'),
        ],
    ),
    (
        'catalog',
        'wire: openai\n          base_url: https://api.example.com/v1',
        'wire: hosted\n          base_url: https://api.example.com/v1',
        [
            ("catalog.yaml:16: spec.models[0].endpoints[0] has no 'model'; add `model:` (litellm's mod"
             'el name, such as anthropic/claude-sonnet-4-5)'),
            ("catalog.yaml:18: unknown key 'base_url' in spec.models[0].endpoints[0]; known: id, conte"
             'xt, residency, simulated, active, timeouts, expected_tokens_per_second, expected_first_t'
             'oken_s, max_retries, wire, model, api_key_env, max_concurrency'),
        ],
    ),
    (
        'catalog',
        'wire: openai\n          base_url: https://api.example.com/v1\n          api_key_env: BIG_KEY',
        'wire: llama_cpp',
        [
            ("catalog.yaml:16: spec.models[0].endpoints[0] has no 'path'; add `path:` (A local pat"
             'h (relative to where the gateway is started), `package:NAME/FILE` for a file inside '
             'an installed Python package, or with `transformers` a hub id)'),
        ],
    ),
    (
        'catalog',
        'wire: openai\n          base_url: https://api.example.com/v1\n          api_key_env: BIG_KEY',
        'wire: llama_cpp\n          path: some.gguf\n          quantisation: int8',
        [
            ('catalog.yaml:16: spec.models[0].endpoints[0]: quantisation is for wire transformers:'
             ' a GGUF file is quantised already'),
        ],
    ),
    (
        'catalog',
        'residency: us',
        'residency: us\n          timeouts: {total: 1}',
        [
            ('catalog.yaml:22: spec.models[0].endpoints[0].timeouts: total must not be shorter tha'
             'n connect, first_byte or between_chunks'),
        ],
    ),
    (
        'catalog',
        'residency: us',
        'residency: us\n          active: {}',
        [
            ('catalog.yaml:22: spec.models[0].endpoints[0].active needs `if_env`, `unless_env` or '
             'both'),
        ],
    ),
    (
        'catalog',
        'apiVersion: tiergate.dev/v1',
        'apiVersion: v2',
        [
            "catalog.yaml:1: apiVersion is 'v2'; it must be tiergate.dev/v1",
        ],
    ),
    (
        'catalog',
        'kind: ModelCatalog',
        'kind: ModelCatalogue',
        [
            ("catalog.yaml:2: unknown kind 'ModelCatalogue'; did you mean 'ModelCatalog'? known: Model"
             'Catalog, PriceBook, RoutingPolicy, BudgetSet, RateLimits, LearnedAbilities, PolicyTests'),
        ],
    ),
    (
        'catalog',
        'kind: ModelCatalog\n',
        '',
        [
            ('catalog.yaml:1: the document has no kind; add `kind:` (ModelCatalog, PriceBook, RoutingP'
             'olicy, BudgetSet, RateLimits, LearnedAbilities, PolicyTests)'),
        ],
    ),
    (
        'catalog',
        'owner: platform',
        "owner: ''",
        [
            ('catalog.yaml:3: metadata.owner must be a text that is not empty, of at most 2,000 ch'
             'aracters'),
        ],
    ),
    (
        'prices',
        'input: 1.25',
        'input: 1.2345678',
        [
            'prices.yaml:9: spec.prices[0].input must have at most six decimals, such as 0.0375',
        ],
    ),
    (
        'prices',
        'input: 1.25',
        'input: 1e3',
        [
            ('prices.yaml:9: spec.prices[0].input must be an amount in US dollars with plain digit'
             's, such as 1.25'),
        ],
    ),
    (
        'prices',
        'input: 1.25',
        'input: -1',
        [
            ('prices.yaml:9: spec.prices[0].input must be an amount in US dollars with plain digit'
             's, such as 1.25'),
        ],
    ),
    (
        'prices',
        'input: 1.25',
        'input: .inf',
        [
            ('prices.yaml:9: spec.prices[0].input must be an amount in US dollars with plain digit'
             's, such as 1.25'),
        ],
    ),
    (
        'prices',
        'input: 1.25',
        'input:',
        [
            ('prices.yaml:9: spec.prices[0].input must be an amount in US dollars with plain digit'
             's, such as 1.25'),
        ],
    ),
    (
        'prices',
        '      source: price list\n',
        '',
        [
            ("prices.yaml:8: spec.prices[0] has no 'source'; add `source:` (Where the price comes "
             'from, for whoever audits the ledger)'),
        ],
    ),
    (
        'prices',
        'source: price list',
        "source: ' '",
        [
            ('prices.yaml:13: spec.prices[0].source must be a text that is not empty, of at most 2'
             ',000 characters'),
        ],
    ),
    (
        'prices',
        'valid_from: 2025-01-01\n',
        'valid_from: 2025-13-01\n',
        [
            ('prices.yaml:12: spec.prices[0].valid_from must be a date such as 2025-08-07 (its fir'
             'st moment, UTC) or 2025-08-07T12:00:00Z'),
        ],
    ),
    (
        'prices',
        'valid_from: 2025-01-01\n',
        'valid_from: yesterday\n',
        [
            ('prices.yaml:12: spec.prices[0].valid_from must be a date such as 2025-08-07 (its fir'
             'st moment, UTC) or 2025-08-07T12:00:00Z'),
        ],
    ),
    (
        'prices',
        'valid_from: 2025-01-01\n',
        'valid_from: 2025-01-01\n      valid_to: 2024-01-01\n',
        [
            'prices.yaml:8: spec.prices[0]: valid_to must be later than valid_from',
        ],
    ),
    (
        'prices',
        'valid_from: 2025-01-01\n',
        'valid_from: 2025-01-01\n      valid_to: 2026-01-01\n',
        [
            ('catalog.yaml:16: endpoint big-us of model big has no price in force; add one for `mo'
             'del: big` to prices.yaml'),
            'policy.yaml:7: baseline model big has no price in force; add one without `endpoint`',
        ],
    ),
    (
        'prices',
        'valid_from: 2025-01-01\n',
        'valid_from: 2027-01-01\n',
        [
            ('catalog.yaml:16: endpoint big-us of model big has no price in force; add one for `mo'
             'del: big` to prices.yaml'),
            'policy.yaml:7: baseline model big has no price in force; add one without `endpoint`',
        ],
    ),
    (
        'prices',
        'model: thinker',
        'model: thinkr',
        [
            ('catalog.yaml:36: endpoint gpu-simulated of model thinker has no price in force; add '
             'one for `model: thinker` to prices.yaml'),
            ("prices.yaml:14: price for model 'thinkr', which the catalog does not have; did you m"
             "ean 'thinker'? known: big, thinker"),
        ],
    ),
    (
        'prices',
        'model: thinker',
        'model: thinker\n      endpoint: gpux',
        [
            ('catalog.yaml:36: endpoint gpu-simulated of model thinker has no price in force; add '
             'one for `model: thinker` to prices.yaml'),
            ("prices.yaml:15: price for endpoint 'gpux', which model thinker does not have; did yo"
             "u mean 'gpu'? known: gpu, gpu-simulated"),
        ],
    ),
    (
        'prices',
        'model: thinker',
        'model: big',
        [
            ('catalog.yaml:36: endpoint gpu-simulated of model thinker has no price in force; add '
             'one for `model: thinker` to prices.yaml'),
            ('prices.yaml:8: price big@2025-01-01 overlaps big@2025-01-01T05:00:00Z; give it `vali'
             'd_to: 2025-01-01T05:00:00Z` or earlier'),
        ],
    ),
    (
        'prices',
        'currency: USD',
        'currency: EUR',
        [
            "prices.yaml:6: spec.currency is 'EUR'; it must be USD",
        ],
    ),
    (
        'prices',
        'input: 1.25',
        'input: 1.25\n      input: 2.50',
        [
            "prices.yaml:10: key 'input' is given twice, first on line 9; keep one",
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [small]',
        [
            "policy.yaml:11: tier 'small': no model has it; known: frontier, reasoning",
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [reasoning, reasoning]',
        [
            'policy.yaml:9: spec.rules[0]: tiers names a tier twice',
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [reasoning]\n      deny: no',
        [
            ('policy.yaml:9: spec.rules[0] needs exactly one of deny, tiers and objective, has den'
             'y and tiers'),
        ],
    ),
    (
        'policy',
        '      tiers: [reasoning, frontier]\n',
        '',
        [
            ('policy.yaml:9: spec.rules[0] needs exactly one of deny, tiers and objective, has non'
             'e of them'),
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'deny: no math\n      verify: none\n      quality_target: 0.5',
        [
            'policy.yaml:9: spec.rules[0]: deny calls no model: remove quality_target, verify',
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [frontier]\n      require: {residency: [on-premises]}',
        [
            ("policy.yaml:9: rule 'math': no endpoint has its tier, residency and licence together"
             '; widen `require`, `tiers` or `data_classes`'),
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [frontier]\n      require: {residency: [mars], licence: [MIT]}',
        [
            "policy.yaml:12: licence 'MIT': no model has it; known: Apache-2.0, proprietary",
            "policy.yaml:12: residency 'mars': no endpoint has it; known: on-premises, us",
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [frontier]\n      max_cost_usd: 0.0000000000001',
        [
            ('policy.yaml:12: spec.rules[0].max_cost_usd must be an amount in US dollars with plai'
             'n digits, such as 1.25'),
        ],
    ),
    (
        'policy',
        'at_least: 0.5',
        'at_least: 0.5, below: 0.5',
        [
            ('policy.yaml:10: spec.rules[0].match.difficulty: at_least must be smaller than below:'
             ' the range is empty'),
        ],
    ),
    (
        'policy',
        '{at_least: 0.5}',
        '{}',
        [
            'policy.yaml:10: spec.rules[0].match.difficulty needs `at_least`, `below` or both',
        ],
    ),
    (
        'policy',
        '{at_least: 0.5}',
        '0.5',
        [
            ('policy.yaml:10: spec.rules[0].match.difficulty must be a mapping, written as `key: v'
             'alue` lines; it is a number with a fraction'),
        ],
    ),
    (
        'policy',
        '{task: [math]',
        '{tasks: [math]',
        [
            ("policy.yaml:10: unknown key 'tasks' in spec.rules[0].match; did you mean 'task'? kno"
             'wn: organisation, team, project, key, workload, task, data_class, language, capabili'
             'ties, difficulty, confidence, input_tokens, tags, time'),
        ],
    ),
    (
        'policy',
        '{task: [math]',
        '{task: [maths]',
        [
            ("policy.yaml:10: spec.rules[0].match.task[0] is 'maths'; it must be one of math, code"
             ', knowledge, instruction, tool_use, extraction, classification, writing, other; did '
             "you mean 'math'?"),
        ],
    ),
    (
        'policy',
        '{task: [math], difficulty: {at_least: 0.5}}',
        "{time: {from: 8:00, to: '18:00'}}",
        [
            ('policy.yaml:10: spec.rules[0].match.time.from must be a time of day in UTC from 00:0'
             '0 to 23:59, such as 08:00'),
        ],
    ),
    (
        'policy',
        '{task: [math], difficulty: {at_least: 0.5}}',
        '{time: {from: 08:00}}',
        [
            ('policy.yaml:10: spec.rules[0].match.time: give both `from` and `to`, or neither for '
             'whole days'),
        ],
    ),
    (
        'policy',
        '{task: [math], difficulty: {at_least: 0.5}}',
        '{time: {weekdays: [monday]}}',
        [
            ("policy.yaml:10: spec.rules[0].match.time.weekdays[0] is 'monday'; it must be one of "
             "mon, tue, wed, thu, fri, sat, sun; did you mean 'mon'?"),
        ],
    ),
    (
        'policy',
        '{task: [math], difficulty: {at_least: 0.5}}',
        "{team: ['*x*']}",
        [
            ('policy.yaml:10: spec.rules[0].match.team[0] must be a text, or the start of one foll'
             'owed by * such as finance-*'),
        ],
    ),
    (
        'policy',
        '{task: [math], difficulty: {at_least: 0.5}}',
        '{language: [english]}',
        [
            ('policy.yaml:10: spec.rules[0].match.language[0] must be an ISO 639-1 code of two let'
             'ters such as en, or und for unknown'),
        ],
    ),
    (
        'policy',
        '{task: [math], difficulty: {at_least: 0.5}}',
        '{}',
        [
            ("policy.yaml:12: rule 'default' is never reached: rule 'math' on line 9 matches every"
             'thing it matches; move it up or remove it'),
        ],
    ),
    (
        'policy',
        'name: default',
        'name: default\n      match: {team: [a]}',
        [
            ('policy.yaml:12: there is no default rule; add one without `match` at the end, such a'
             's `- {name: default, objective: cheapest}`'),
        ],
    ),
    (
        'policy',
        'name: default',
        'name: math',
        [
            "policy.yaml:12: rule 'math' is already defined on line 9; rename one",
        ],
    ),
    (
        'policy',
        'name: default\n',
        'name: default\n      match: {task: [math], difficulty: {at_least: 0.6}}\n',
        [
            ("policy.yaml:12: rule 'default' is never reached: rule 'math' on line 9 matches every"
             'thing it matches; move it up or remove it'),
            ('policy.yaml:12: there is no default rule; add one without `match` at the end, such a'
             's `- {name: default, objective: cheapest}`'),
        ],
    ),
    (
        'policy',
        'baseline: {model: big',
        'baseline: {model: bigg',
        [
            ("policy.yaml:7: model 'bigg': the catalog lacks it; did you mean 'big'? known: big, t"
             'hinker'),
        ],
    ),
    (
        'policy',
        'declared: 2025-10-01',
        'declared: today',
        [
            'policy.yaml:7: spec.baseline.declared must be a date such as 2026-01-31',
        ],
    ),
    (
        'policy',
        'residency: [on-premises]',
        'residency: [on-premise]',
        [
            ("policy.yaml:6: residency 'on-premise': no endpoint has it; did you mean 'on-premises"
             "'? known: on-premises, us"),
        ],
    ),
    (
        'policy',
        'residency: [on-premises]',
        'residency: []',
        [
            ('policy.yaml:6: spec.data_classes.restricted.residency must not be empty; give at lea'
             'st one entry or leave it out'),
        ],
    ),
    (
        'policy',
        'quality_target: 0.7',
        'quality_target: 70',
        [
            'policy.yaml:14: spec.rules[1].quality_target must be at most 1',
        ],
    ),
    (
        'policy',
        'objective: cheapest',
        'objective: chepest',
        [
            ("policy.yaml:13: spec.rules[1].objective is 'chepest'; it must be one of cheapest, best, "
             "value, best_of_n; did you mean 'cheapest'?"),
        ],
    ),
    (
        'policy',
        '    - name: default\n',
        '    - name: default\n     objective: x\n',
        [
            ("policy.yaml:13: not YAML: while parsing a block collection, did not find expected '-"
             "' indicator; check indentation, colons and quotes here and on the line above"),
        ],
    ),
    (
        'policy',
        'kind: RoutingPolicy',
        'kind: PriceBook',
        [
            ('FOLDER:1: no document of kind RoutingPolicy; add a YAML file with `kind: RoutingPoli'
             'cy`'),
            ("policy.yaml:4: spec has no 'currency'; add `currency:` (USD: the only currency price"
             's are kept in)'),
            ("policy.yaml:4: spec has no 'prices'; add `prices:` (The prices; no two of a model an"
             'd endpoint may overlap in time)'),
            ("policy.yaml:4: spec has no 'version'; add `version:` (Version of the price book; eve"
             'ry ledger row carries it)'),
            "policy.yaml:5: unknown key 'data_classes' in spec; known: version, currency, prices, gpu_hours",
            "policy.yaml:7: unknown key 'baseline' in spec; known: version, currency, prices, gpu_hours",
            "policy.yaml:8: unknown key 'rules' in spec; known: version, currency, prices, gpu_hours",
            ('prices.yaml:2: a second PriceBook; the first is at policy.yaml:2: put both into one '
             'document'),
        ],
    ),
    (
        'policy',
        '{task: [math], difficulty: {at_least: 0.5}}',
        '&a {task: *a}',
        [
            'policy.yaml:10: aliases (*name) are not supported; write the value out',
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        'https://api.example.com/v1?key=1',
        [
            ('catalog.yaml:18: base_url must be an http or https URL such as http://127.0.0.1:8000'
             '/v1, without a query or fragment'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        "'https://api example.com/v1'",
        [
            ('catalog.yaml:18: base_url must be an http or https URL such as http://127.0.0.1:8000'
             '/v1, without spaces or special characters'),
        ],
    ),
    (
        'catalog',
        'https://api.example.com/v1',
        'http://[::1/v1',
        [
            ('catalog.yaml:18: base_url must be an http or https URL such as http://127.0.0.1:8000'
             '/v1'),
        ],
    ),
    (
        'catalog',
        'name: big',
        'name: b!g',
        [
            ('catalog.yaml:10: spec.models[0].name must be a name of at most 128 letters, digits a'
             'nd . _ : / @ + - that starts with a letter or digit'),
        ],
    ),
    (
        'catalog',
        'licence: proprietary',
        'licence:',
        [
            'catalog.yaml:12: spec.models[0].licence must be a text; it is empty',
        ],
    ),
    (
        'catalog',
        'kind: ModelCatalog\nmetadata: {name: models, owner: platform}',
        'kind: ModelCatalog\nmetadata: {name: models, owner: platform, labels: {Cost Centre: a}}',
        [
            ('catalog.yaml:3: key metadata.labels.Cost Centre must be a label of at most 63 lower-'
             'case letters, digits and -, such as on-premises'),
        ],
    ),
    (
        'catalog',
        'kind: ModelCatalog',
        'kind: [a]',
        [
            ('catalog.yaml:2: kind must be one of ModelCatalog, PriceBook, RoutingPolicy, BudgetSet, '
             'RateLimits, LearnedAbilities, PolicyTests'),
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [frontier]\n      max_attempts: 0',
        [
            'policy.yaml:12: spec.rules[0].max_attempts must be at least 1',
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'tiers: [frontier]\n      verify: sometimes',
        [
            ("policy.yaml:12: spec.rules[0].verify is 'sometimes'; it must be one of none, after_r"
             'eply, before_reply'),
        ],
    ),
    (
        'policy',
        'tiers: [reasoning, frontier]',
        'deny: []',
        [
            'policy.yaml:11: spec.rules[0].deny must be a text; it is a list',
        ],
    ),
    (
        'policy',
        'owner: platform',
        'owner: 7',
        [
            'policy.yaml:3: metadata.owner must be a text; it is a whole number; put it in quotes',
        ],
    ),
    (
        'policy',
        'owner: platform',
        'owner: true',
        [
            'policy.yaml:3: metadata.owner must be a text; it is true or false; put it in quotes',
        ],
    ),
]
# fmt: on
VERIFY_CASES = [
    ("afterwards", ".verify is 'afterwards'; it must be one of none, after_reply, before_reply"),
    (
        "{mode: after_reply, verifiers: [spelling]}",
        ".verify.verifiers[0] is 'spelling'; it must be one of structure, signs, reference, arithmetic, "
        "constraints, language, mathematics, sql, code, consistency",
    ),
    ("{mode: after_reply, verifiers: [code, code]}", ".verify: verifiers names one twice"),
    ("{mode: after_reply, share: 2}", ".verify.share must be at most 1"),
    ("{mode: before_reply, time_limit: 0}", ".verify.time_limit must be greater than 0"),
    (
        "{mode: after_reply, escalate_within: 5}",
        ".verify: escalate_within needs `mode: before_reply`; only that tries another candidate",
    ),
    (
        "{mode: after_reply, buffer_streams: true}",
        ".verify: buffer_streams needs `mode: before_reply`; only that holds answers back",
    ),
    (
        "{mode: before_reply, heartbeat: 2}",
        ".verify: heartbeat needs `buffer_streams: true`; only held streams have one",
    ),
    ("3", ".verify must be none, after_reply, before_reply, or {mode: ..., share: ...}"),
]


@pytest.mark.parametrize(("written", "said"), VERIFY_CASES)
def test_a_mistake_in_how_answers_are_checked(folder, written: str, said: str) -> None:
    """An unknown verifier or limit is refused at its line, with what is known."""
    folder.edit("policy", "objective: cheapest", f"objective: cheapest\n      verify: {written}")
    assert folder.problems() == [f"policy.yaml:14: spec.rules[1]{said}"]


CASCADE_CASES = [
    ("best_of_n", " needs samples: how many answers best_of_n buys at once, such as `samples: 3`"),
    (
        "best_of_n\n      samples: 3",
        " needs `verify: before_reply`: without a check best_of_n has nothing to choose by, and pays for "
        "answers that nobody sees",
    ),
    (
        "best_of_n\n      samples: 3\n      verify: {mode: before_reply, share: 0}",
        " needs `verify: before_reply`: without a check best_of_n has nothing to choose by, and pays for "
        "answers that nobody sees",
    ),
    (
        "best_of_n\n      samples: 3\n      max_attempts: 2\n      verify: before_reply",
        ": max_attempts is 2, less than its 3 samples",
    ),
    ("best_of_n\n      samples: 1\n      verify: before_reply", ".samples must be at least 2"),
    (
        "cheapest\n      samples: 3",
        ": samples needs `objective: best_of_n`; only that buys several answers",
    ),
    (
        "cheapest\n      verify: {mode: before_reply, verifiers: [consistency]}",
        ": verifier consistency needs `objective: best_of_n`: it compares samples",
    ),
]


@pytest.mark.parametrize(("written", "said"), CASCADE_CASES)
def test_several_answers_need_something_to_choose_by(folder, written: str, said: str) -> None:
    """What would buy answers for nothing, or check nothing, is refused at its line."""
    folder.edit("policy", "objective: cheapest", f"objective: {written}")
    (problem,) = folder.problems()
    assert problem.startswith("policy.yaml:1") and problem.endswith(f"spec.rules[1]{said}")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "[{verifier: code, false_accept: 0.7, false_reject: 0.3, source: t}]",
            "check_rates[0]: false_accept and false_reject must add up to less than 1: at 1 the check tells "
            "nothing",
        ),
        (
            "[{verifier: code, false_accept: 0, false_reject: 0, source: t}, "
            "{verifier: code, false_accept: 0, false_reject: 0, source: t}]",
            "spec: check_rates names code twice; keep one",
        ),
        (
            "[{verifier: code, false_accept: 0, false_reject: 0}]",
            "spec.check_rates[0] has no 'source'; add `source:` (What it was measured on, for whoever audits "
            "a decision)",
        ),
    ],
)
def test_error_rates_that_tell_nothing_are_refused(folder, written: str, said: str) -> None:
    """A check as good as a coin, a verifier twice, a figure from nowhere."""
    folder.edit("policy", "  rules:", f"  check_rates: {written}\n  rules:")
    (problem,) = folder.problems()
    assert problem.endswith(said)


@pytest.mark.parametrize(
    ("document", "old", "new", "expected"),
    CASES,
    ids=[
        f"{document}: {new.strip()[:40] or 'without ' + old.strip()[:30]}" for document, old, new, _ in CASES
    ],
)
def test_a_mistake_is_named_with_its_line_and_remedy(
    folder, document: str, old: str, new: str, expected: list[str]
) -> None:
    """One broken place gives exactly these sentences, and nothing is put in force."""
    folder.edit(document, old, new)
    assert [problem.replace(str(folder.path), "FOLDER") for problem in folder.problems()] == expected


@pytest.mark.parametrize("secret", ["sk-live-123456", "sk live 123456"])
def test_a_secret_in_the_wrong_place_is_never_repeated(folder, secret: str) -> None:
    """A key typed where its variable's name belongs, or broken in the environment, stays out of messages."""
    folder.env = {"BIG_KEY": "sk live 123456"}
    folder.edit("catalog", "id: big-us", f"id: big-us\n          api_key: {secret}")
    folder.edit("catalog", "base_url: https://api", f"base_url: https://{secret.replace(' ', '')}@api")
    folder.edit("catalog", "upstream_model: stand-in", f"api_key_env: {secret}")
    text = "\n".join(folder.problems())
    assert text
    assert "123456" not in text
    folder.edit("catalog", f"\n          api_key: {secret}", "")
    folder.edit("catalog", f"          api_key_env: {secret}\n", "")
    text = "\n".join(folder.problems())
    assert "BIG_KEY in the environment holds spaces or characters no key has; set it again" in text
    assert "base_url must not hold a user name or password" in text
    assert "123456" not in text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "{detect: [CREDITCARD]}",
            "policy.yaml:6: spec.data_classes.restricted.detect[0] must be a type that detectors know; did "
            "you mean CREDIT_CARD or DE_ID_CARD?",
        ),
        ("{}", "policy.yaml:6: spec.data_classes.restricted says nothing; give `residency` or `detect`"),
        (
            "{residency: [eu], detect: [IBAN_CODE], detect_score: 2}",
            "policy.yaml:6: spec.data_classes.restricted.detect_score must be at most 1",
        ),
    ],
)
def test_what_detectors_are_told_is_checked(folder, written: str, said: str) -> None:
    """A type that nobody knows would never be found, and a class that says nothing protects nothing."""
    folder.edit("policy", "    restricted: {residency: [on-premises]}", f"    restricted: {written}")
    (problem,) = folder.problems()
    assert problem.endswith(said)


def test_detectors_that_are_not_installed(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is put in force that would find nothing."""
    monkeypatch.setattr("router.policy.compile_sought.find_spec", lambda _: None)
    folder.edit(
        "policy", "    restricted: {residency: [on-premises]}", "    restricted: {detect: [IBAN_CODE]}"
    )
    (problem,) = folder.problems()
    assert problem.endswith(
        "spec.data_classes.restricted.detect needs Microsoft Presidio: pip install 'tiergate[detect]'"
    )
