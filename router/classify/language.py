"""Which language a text is written in: by script, then by stop words among Latin-script languages.

Own compact tables, no model: a router needs "is this German?" in microseconds, and an honest "und" when
a text is too short to say. It must not guess from names, numbers or code.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from router.classify.text import clip, encode, words

UNKNOWN = "und"

_LOOKED_AT = 160
"""Characters of each end of a long text that `detect` reads."""

_STOP_WORDS = {
    "en": "the of and to in is was that it for on with as are this be at from or by an not have"
    " you what how which he his were has she they will can would their if who when your there"
    " does do write my me please we i a why where its than then about into each but had find"
    " many much no name city did whose after before between all could should",
    "de": "der die das und ist nicht ein eine einen dem den des mit für auf von im zu sich wie"
    " was ich es auch als an bei aus nach wird werden sind sie wir oder aber durch um hat"
    " haben kann welche welcher warum wer wenn einer eines zum zur mir bitte du schreibe viele"
    " gibt dass wo wann erkläre",
    "fr": "l d qu le la les des et est une un du que qui dans pour pas sur avec ce cette il elle sont au"
    " aux par plus ne se en je vous nous ou mais son sa ses comment quel quelle quelles"
    " pourquoi où être fait écris combien de à quand moi leur ont résous",
    "es": "el la los las y es un una del que en por para con no se su al lo como más qué cuál"
    " cuánto cuántos cuántas pero está son este esta fue ha si o muy porque quién dónde cómo"
    " escribe de a cuándo hay sus tiene explica",
    "pt": "o a os as e é um uma do da dos das que em para com não se no na por mais como qual"
    " quais quantos quantas são foi ao pelo pela você ou mas seu sua está isso esta este quem"
    " onde escreva de quando quanto há tem explique",
    "it": "l risolvi vale il lo la i gli le e è un una di che in per con non si del della dei delle al alla"
    " da"
    " come più qual quale quanti quante sono ma nel nella questo questa perché chi dove ha"
    " anche scrivi quando quanto c suo sua tra spiega",
    "nl": "de het een en van is dat die in op te zijn met voor niet aan er om ook als maar bij"
    " naar wat hoe welke waarom wie waar wordt worden dit deze uit over heeft hebben kan ik je"
    " schrijf hoeveel door mijn jij u zij veel wanneer leg of was",
    "sv": "och att det som en på är av för med till den har inte om ett jag var men vad hur"
    " vilken varför vem från kan de eller när så skriv",
    "da": "og at det som en på er af for med til den har ikke om et jeg var men hvad hvordan"
    " hvilken hvorfor hvem fra kan de eller når så skriv",
    "pl": "i w na z nie się że do jest to jak co o od po dla za ale czy ile który która dlaczego"
    " kto gdzie są przez napisz jakie jaka tego",
    "tr": "ve bir bu için ile da de ne nasıl neden hangi kim nerede kaç mi mı olarak daha çok"
    " gibi olan var yok en her ama veya yaz",
    "vi": "là và của có cho không một các được trong với những này đã người khi để gì như thế nào"
    " tại sao hãy viết bao nhiêu",
    "id": "yang dan di ini itu dengan untuk tidak dari dalam adalah pada akan ke apa bagaimana"
    " mengapa siapa berapa oleh atau sebuah seorang tulis saya anda",
    "cs": "a je se na že v to s z do jak co ale pro kdo proč který která kolik jsou byl není"
    " napiš nebo při také jeho",
    "ro": "și este în la de cu pe un o nu că din pentru ce cum care cât sunt mai sau dar fi cine"
    " unde scrie această acest",
    "fi": "ja on ei se että en oli hän kun niin mitä miten miksi kuka missä kuinka tai mutta ovat"
    " joka myös kirjoita",
    "hu": "a az és hogy nem egy is van ez mi mit hogyan miért ki hol hány mennyi vagy de volt írj meg csak",
}

LATIN = tuple(_STOP_WORDS)
"""The Latin-script languages told apart, in the order ties are broken."""

_SCRIPT_LETTERS = {
    "uk": ("і", "ї", "є"),
    "fa": ("پ", "چ", "گ", "ی"),
}


def _packed() -> dict[str, int]:
    """Stop word -> an integer with one byte per language, so that summing counts all of them at once."""
    packed: dict[str, int] = {}
    for place, listed in enumerate(_STOP_WORDS.values()):
        for word in set(listed.split()):
            packed[word] = packed.get(word, 0) | 1 << 8 * place
    return packed


_PACKED = _packed()
_STOPS = frozenset(_PACKED)
ENGLISH = frozenset(_STOP_WORDS["en"].split())
SHARED = frozenset(word for code in LATIN if code != "en" for word in _STOP_WORDS[code].split())
"""Stop words of other languages, whether they are English ones too or not."""


def detect(text: str) -> str:
    """ISO 639-1 code of the text's language, or "und". Looks at the ends of a long text only."""
    short = clip(text, _LOOKED_AT)
    data = encode(short)
    return by_script(short, data) or by_stop_words(set(words(short, data)))


def by_script(text: str, data: bytes) -> str | None:
    """The language a non-Latin script implies, or None for Latin script and for no letters at all.

    Counts UTF-8 lead bytes, each of which stands for one block of scripts."""
    if text.isascii():
        return None
    kana = _pairs(data, b"\xe3", b"\x81\x82\x83")
    hangul = _leads(data, b"\xea\xeb\xec\xed")
    han = _leads(data, b"\xe4\xe5\xe6\xe7\xe8\xe9")
    cyrillic = _leads(data, b"\xd0\xd1")
    arabic = _leads(data, b"\xd8\xd9\xda\xdb")
    indic = _leads(data, b"\xe0")
    greek = _leads(data, b"\xce\xcf")
    hebrew = data.count(b"\xd7")
    found = max(han + kana, hangul, cyrillic, arabic, indic, greek, hebrew)
    # A foreign word or a Greek letter in a formula is not the text's language: a dense script needs a
    # fifth as many characters as there are ASCII bytes, an alphabet needs a third of them.
    rest = len(data) - 2 * (cyrillic + arabic + greek + hebrew) - 3 * (han + kana + hangul + indic)
    if found == 0 or found * (5 if found in (han + kana, hangul) else 3) < rest:
        return None
    if found == han + kana:
        return "ja" if kana * 8 >= han else "zh"
    if found == indic:
        return _indic(data)
    for count, code in ((hangul, "ko"), (greek, "el"), (hebrew, "he")):
        if found == count:
            return code
    if found == cyrillic:
        return "uk" if any(letter in text for letter in _SCRIPT_LETTERS["uk"]) else "ru"
    return "fa" if any(letter in text for letter in _SCRIPT_LETTERS["fa"]) else "ar"


def by_stop_words(seen: Set[str]) -> str:
    """The Latin-script language most of whose stop words are among `seen`; "und" without a clear one."""
    if clearly_english(len(seen & ENGLISH), len(seen & SHARED), len(seen)):
        return "en"
    return by_most_stop_words(seen)


def by_most_stop_words(seen: Set[str]) -> str:
    """The same of a text that is not clearly English."""
    hits = seen & _STOPS
    if not hits:
        return UNKNOWN
    votes = sum(map(_PACKED.__getitem__, hits)).to_bytes(len(LATIN), "little")
    best = max(votes)
    # A tie says nothing, nor does one word among more than twelve.
    if best * 12 < len(seen) or votes.count(best) > 1:
        return UNKNOWN
    return LATIN[votes.index(best)]


def clearly_english(english: int, shared: int, words: int) -> bool:
    """Whether a text of so many distinct words, with so many of `ENGLISH` and of `SHARED`, can be of no other
    language: most requests are in English, and are told at half the cost."""
    return english * 12 >= words and english > shared


def _leads(data: bytes, leads: Iterable[int]) -> int:
    return sum(map(data.count, leads))


def _pairs(data: bytes, lead: bytes, seconds: Iterable[int]) -> int:
    return sum(data.count(lead + bytes((second,))) for second in seconds)


def _indic(data: bytes) -> str:
    """Devanagari, Thai, Bengali or Tamil by the second byte; others are not told apart."""
    blocks = (("hi", b"\xa4\xa5"), ("th", b"\xb8\xb9"), ("bn", b"\xa6\xa7"), ("ta", b"\xae\xaf"))
    counts = [(_pairs(data, b"\xe0", seconds), code) for code, seconds in blocks]
    best, code = max(counts)
    return code if best else UNKNOWN
