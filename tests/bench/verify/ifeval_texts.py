"""Answers for IFEval instructions: made to follow one just so, made to miss it by one, and unrelated ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle, islice
from typing import Any

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "sees",
    "a",
    "small",
    "red",
    "boat",
    "near",
    "old",
    "stone",
    "walls",
    "while",
    "seven",
    "grey",
    "geese",
    "fly",
    "home",
]
LANGUAGES = {
    "en": "The committee asked why the new rule had failed so many people in the last year.",
    "de": "Der Ausschuss fragte, warum die neue Regel im letzten Jahr so vielen Menschen nicht geholfen hat.",
    "fr": "Le comité a demandé pourquoi la nouvelle règle n'avait pas aidé les gens l'année dernière.",
    "es": "El comité preguntó por qué la nueva regla no había ayudado a la gente el año pasado.",
    "pt": "O comitê perguntou por que a nova regra não ajudou tantas pessoas no ano passado.",
    "it": "Il comitato ha chiesto perché la nuova regola non avesse aiutato le persone l'anno scorso.",
    "ru": "Комитет спросил, почему новое правило в прошлом году не помогло стольким людям.",
    "bg": "Комитетът попита защо новото правило не е помогнало на толкова много хора през миналата година.",
    "ko": "위원회는 작년에 새로운 규칙이 왜 많은 사람들에게 도움이 되지 않았는지 물었다.",
    "hi": "समिति ने पूछा कि नया नियम पिछले साल इतने लोगों के काम क्यों नहीं आया।",
    "mr": "समितीने विचारले की नवीन नियम गेल्या वर्षी इतक्या लोकांसाठी उपयोगी का ठरला नाही.",
    "ne": "समितिले नयाँ नियमले गत वर्ष धेरै मानिसलाई किन मद्दत गरेन भनेर सोध्यो।",
    "pa": "ਕਮੇਟੀ ਨੇ ਪੁੱਛਿਆ ਕਿ ਨਵਾਂ ਨਿਯਮ ਪਿਛਲੇ ਸਾਲ ਇੰਨੇ ਲੋਕਾਂ ਦੇ ਕੰਮ ਕਿਉਂ ਨਹੀਂ ਆਇਆ।",
    "gu": "સમિતિએ પૂછ્યું કે નવો નિયમ ગયા વર્ષે આટલા બધા લોકોને કેમ ઉપયોગી ન થયો.",
    "kn": "ಹೊಸ ನಿಯಮವು ಕಳೆದ ವರ್ಷ ಅಷ್ಟೊಂದು ಜನರಿಗೆ ಏಕೆ ಸಹಾಯ ಮಾಡಲಿಲ್ಲ ಎಂದು ಸಮಿತಿ ಕೇಳಿತು.",
    "te": "కొత్త నియమం గత సంవత్సరం చాలా మందికి ఎందుకు సహాయపడలేదని కమిటీ అడిగింది.",
    "ta": "புதிய விதி கடந்த ஆண்டு பலருக்கு ஏன் உதவவில்லை என்று குழு கேட்டது.",
    "bn": "কমিটি জিজ্ঞাসা করেছিল কেন নতুন নিয়মটি গত বছর এত মানুষের কাজে লাগেনি।",
    "ur": "کمیٹی نے پوچھا کہ نیا قانون پچھلے سال اتنے لوگوں کے کام کیوں نہیں آیا۔",
    "fa": "کمیته پرسید که چرا قانون جدید در سال گذشته به این همه مردم کمک نکرد.",
    "ar": "سألت اللجنة لماذا لم تساعد القاعدة الجديدة هذا العدد الكبير من الناس في العام الماضي.",
    "th": "คณะกรรมการถามว่าทำไมกฎใหม่จึงไม่ช่วยผู้คนจำนวนมากในปีที่แล้ว",
    "vi": "Ủy ban hỏi tại sao quy định mới không giúp được nhiều người trong năm ngoái.",
    "sw": "Kamati iliuliza kwa nini sheria mpya haikuwasaidia watu wengi sana mwaka jana.",
    "fi": "Valiokunta kysyi, miksi uusi sääntö ei auttanut niin monia ihmisiä viime vuonna.",
    "zh": "委员会询问为什么新规定去年没有帮助到那么多人。",
    "ja": "委員会は、なぜ新しい規則が昨年これほど多くの人の役に立たなかったのかと尋ねた。",
}


def prose(words: int) -> str:
    """Plain English of exactly so many words, in sentences of nine, without a comma."""
    chosen = list(islice(cycle(WORDS), words))
    sentences = [" ".join(chosen[at : at + 9]).capitalize() for at in range(0, len(chosen), 9)]
    return ". ".join(sentences) + "." if sentences else ""


def made_for(name: str, kwargs: Mapping[str, Any]) -> Iterator[str]:
    """Answers on both sides of the instruction's line."""
    make = _MAKERS.get(name)
    if make is not None:
        yield from make(kwargs)


def _around(count: int, unit: Callable[[int], str]) -> list[str]:
    return [unit(max(0, count + change)) for change in (-1, 0, 1)]


def _sentences(n: int) -> str:
    return " ".join(f"This is sentence number {k} of the text." for k in range(n))


def _paragraph_words(kwargs: Mapping[str, Any]) -> list[str]:
    total, nth, word = kwargs["num_paragraphs"], kwargs["nth_paragraph"], kwargs["first_word"]
    parts = [prose(12) for _ in range(total)]
    right = [*parts[: nth - 1], f"{word.capitalize()}, {prose(6)}", *parts[nth:]]
    return ["\n\n".join(right), "\n\n".join(parts), "\n\n".join([*right, prose(5)]), "\n".join(right)]


def _letters(kwargs: Mapping[str, Any]) -> list[str]:
    return _around(kwargs["let_frequency"], lambda n: "zzz " + f"{kwargs['letter']} " * n)


_MAKERS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "change_case:capital_word_frequency": lambda k: (
        _around(
            k["capital_frequency"], lambda n: "Some words are LOUD ".replace("LOUD", "so") + "NASA's BIG " * n
        )
        + _around(k["capital_frequency"], lambda n: prose(8) + " LOUD" * n + ".")
    ),
    "change_case:english_capital": lambda k: [prose(20).upper(), prose(20), prose(20).upper() + " ok"],
    "change_case:english_lowercase": lambda k: [prose(20).lower(), prose(20), prose(20).lower() + " OK"],
    "combination:repeat_prompt": lambda k: [
        k["prompt_to_repeat"] + "\n" + prose(10),
        prose(5) + k["prompt_to_repeat"],
        k["prompt_to_repeat"][:-2] + prose(10),
    ],
    "combination:two_responses": lambda k: [
        f"{prose(9)}\n******\n{prose(12)}",
        f"{prose(9)}\n******\n{prose(9)}",
        f"{prose(9)}\n***\n{prose(12)}",
        "******".join(map(prose, (5, 6, 7))),
    ],
    "detectable_content:number_placeholders": lambda k: _around(
        k["num_placeholders"], lambda n: prose(5) + " [name]" * n
    ),
    "detectable_content:postscript": lambda k: [
        prose(9) + "\n\nP.S. More.",
        prose(9) + "\n\nP.P.S. More.",
        prose(9) + "\n\nPS: More.",
    ],
    "detectable_format:constrained_response": lambda k: [
        "My answer is yes.",
        "Well. My answer is maybe. " + prose(5),
        "My answer is yes",
        "Yes.",
    ],
    "detectable_format:json_format": lambda k: [
        json.dumps({"text": prose(9)}),
        f"```json\n{json.dumps([1, 2])}\n```",
        "Here it is:\n" + json.dumps({"a": 1}),
        "{'a': 1}",
    ],
    "detectable_format:multiple_sections": lambda k: _around(
        k["num_sections"],
        lambda n: "\n".join(f"{k['section_spliter']} {i}\n{prose(9)}" for i in range(1, n + 1)),
    ),
    "detectable_format:number_bullet_lists": lambda k: _around(
        k["num_bullets"], lambda n: prose(5) + "\n" + "\n".join(["* item", "- item"][i % 2] for i in range(n))
    ),
    "detectable_format:number_highlighted_sections": lambda k: _around(
        k["num_highlights"], lambda n: prose(5) + " *bright part*" * n
    ),
    "detectable_format:title": lambda k: [f"<<A title>>\n{prose(9)}", f"# A title\n{prose(9)}", "<<>> no"],
    "keywords:existence": lambda k: [
        f"{prose(5)} {' '.join(k['keywords'])} {prose(5)}",
        f"{prose(5)} {' '.join(k['keywords'][1:])}",
        " ".join(k["keywords"]).upper() + "ing",
    ],
    "keywords:forbidden_words": lambda k: [
        prose(12),
        f"{prose(5)} {k['forbidden_words'][0].upper()}. {prose(5)}",
        f"x{k['forbidden_words'][0]}x",
    ],
    "keywords:frequency": lambda k: _around(k["frequency"], lambda n: f"{prose(5)} {k['keyword']}" * n),
    "keywords:letter_frequency": _letters,
    "language:response_language": lambda k: list(LANGUAGES.values()),
    "length_constraints:nth_paragraph_first_word": _paragraph_words,
    "length_constraints:number_paragraphs": lambda k: (
        [
            *_around(k["num_paragraphs"], lambda n: "\n***\n".join(prose(9) for _ in range(n))),
            "***\n" + "\n***\n".join(prose(9) for _ in range(k["num_paragraphs"])),
        ]
    ),
    "length_constraints:number_sentences": lambda k: _around(k["num_sentences"], _sentences),
    "length_constraints:number_words": lambda k: _around(k["num_words"], prose),
    "punctuation:no_comma": lambda k: [prose(12), prose(5) + ", " + prose(5)],
    "startend:end_checker": lambda k: [
        f"{prose(9)} {k['end_phrase']}",
        f"{k['end_phrase']} {prose(9)}",
        f'"{prose(5)} {k["end_phrase"].upper()}"',
    ],
    "startend:quotation": lambda k: [f'"{prose(9)}"', prose(9), f'"{prose(9)}" he said', f"“{prose(9)}”"],
}
