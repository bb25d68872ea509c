"""Does an answer refuse? Its first sentences say so, in one of a dozen languages.

Data and one search. A refusal says that the writer cannot or will not do what was asked; regret, an inability
that the text is about, and limits stated in passing are none.
"""

from __future__ import annotations

import re

_OPENING = 320
"""Characters within which a refusal is said; later "I cannot" is part of an answer."""

_EN_DO = (
    r"(?:help|assist|provid|comply|fulfil|answer (?:that|this|your|questions)|do (?:that|this)|creat|"
    r"writ|generat"
    r"|support (?:that|this|your)|engag|discuss|share|participat|continu|complet(?:e|ing) (?:that|this|your)"
    r"|offer|produc|giv(?:e|ing) (?:you )?(?:advice|information|details|medical|legal|instruct|out)"
    r"|suggest|process|carry out|respond"
    r"|condone|promot|facilitat|tell you how|advis|assume|pretend|disclos|reveal|recommend (?:ways|a "
    r"way|that)"
    r"|predict|access|browse|open (?:links|files|urls)|make (?:that|this)|be part|show you how|explain how)"
)
_EN_NOT = (
    r"(?:can['’]?t|cannot|can not|won['’]?t|will not|am not able to|['’]m not able to|am unable to|"
    r"['’]m unable to"
    r"|am not allowed to|['’]m not allowed to|am not permitted to|['’]m not permitted to|must decline "
    r"to|am not going to"
    r"|['’]m not going to|have to decline to|do not have the ability to|don['’]t have the ability to"
    r"|am not comfortable|['’]m not comfortable|decline to)"
)
_DE_BETWEEN = r"(?:(?:dir|ihnen|dabei|hierbei|damit|dazu|das|bei|diese\w*|leider|aber|anfrage|bitte|thema) )*"
_DE_DO = (
    r"(?:helfen|unterstützen|beantworten|erfüllen|geben|bereitstellen|schreiben|erstellen|anbieten"
    r"|nachkommen|behilflich)"
)
_PATTERNS = (
    rf"\bI ?{_EN_NOT} (?:be able to )?(?:\w+ly )?(?:actually )?{_EN_DO}",
    r"\bI(?: must| have to|['’]ll have to|['’]m going to have to)? (?:respectfully |politely )?decline"
    r"(?: to\b| th(?:is|at)\b|[.,!]|$)",
    r"\bI(?: am|['’]m) (?:just |only )?an? (?:AI|artificial)[^.!?\n]{0,60}?(?:can['’]?t|cannot|unable|"
    r"not able|don['’]t have)",
    r"\bas an? (?:AI|artificial intelligence|language model)[^.!?\n]{0,60}?\bI(?:['’]m| am)? "
    r"(?:can['’]?t|cannot|unable|not able|don['’]t|do not)",
    r"\b(?:is|goes|falls|that['’]s) (?:against|outside) (?:my|the) (?:guidelines|programming|policy|"
    r"policies|scope|capabilities)",
    r"\bunable to (?:assist|help|comply|fulfill?) (?:with |you |your )",
    r"\b(?:that['’]s|this is|that is) (?:not something I can|something I (?:can['’]t|cannot|won['’]t))"
    r" (?:help|do|assist)",
    r"^(?:sorry,? |no,? )?(?:but )?(?:I )?(?:can['’]t|cannot) (?:do|help with) (?:that|this)\b",
    # German
    rf"\b(?:kann|darf|werde|möchte) ich {_DE_BETWEEN}(?:nicht|keine\w*)\b[^.!?\n]{{0,90}}?{_DE_DO}",
    rf"\bich (?:kann|darf|werde) {_DE_BETWEEN}(?:nicht|keine\w*)\b[^.!?\n]{{0,90}}?{_DE_DO}",
    r"\b(?:bin ich|ich bin) (?:leider )?nicht in der lage\b",
    # French
    r"\bje ne (?:peux|suis|saurais|vais|dois) (?:malheureusement )?(?:pas |malheureusement )*(?:vous |"
    r"t['’]|te |être )?(?:en mesure|aid|fourni|répond|assist|donn|écri|rédig|accéd|satisf|autoris|"
    r"rempl|particip)",
    r"\bje suis (?:désolée?,? )?(?:mais )?(?:dans l['’]incapacité|incapable) d",
    # Spanish
    r"\bno (?:puedo|podré|estoy en condiciones de|me es posible|debo|voy a) (?:ayud|proporcion|ofrec|"
    r"responder|cumplir|asist|escribir|crear|gener|complet|brind|d(?:ar|arte)\b|facilit|hacer eso)",
    # Portuguese
    r"\bnão (?:posso|poderei|consigo|vou|estou autorizad[oa] a) (?:te |lhe |o |a )?(?:ajud|fornec|"
    r"oferec|responder|cumprir|auxili|escrever|criar|gerar|atender|dar\b|fazer isso)",
    # Italian
    r"\bnon (?:posso|potrò|sono in grado di|mi è possibile) (?:aiut|forni|offri|rispond|soddisf|"
    r"assist|scriver|crear|gener|dar[et]|complet|farlo)",
    # Dutch
    r"\b(?:ik kan|kan ik) (?:je |u |hier |daar |daarmee |dat |helaas |deze |dit )*(?:niet|geen)"
    r"\b[^.!?\n]{0,60}?(?:helpen|geven|voldoen|beantwoorden|schrijven|maken|bieden)",
    # Polish
    r"\bnie (?:mogę|jestem w stanie|będę|potrafię) (?:ci |panu |pani |w tym )?(?:pom[óo]|udziel|"
    r"spełni|odpowiedzieć|napisać|dostarczyć|podać|zrobić tego)",
    # Swedish, Danish, Norwegian
    r"\b(?:jag|jeg|kan jag|kan jeg) (?:kan |tyvärr |desværre |dessverre |beklager )*(?:inte|ikke) "
    r"(?:hjälp|hjælp|hjelp|ge |gi |give |svara|svare|skriva|skrive|uppfylla)",
    # Turkish
    r"(?:yardımcı olamam|yardım edemem|yerine getiremem|bu konuda yardımcı olamıyorum|sağlayamam|"
    r"cevap veremem)",
    # Russian, Ukrainian
    r"\bне (?:могу|можу|смогу|в состоянии|буду) (?:вам |тебе |с этим |помочь|допомогти|предостав|"
    r"ответить|выполнить|написать|дать |помогать|создать|надати)",
    # Chinese, Japanese, Korean
    r"(?:我?(?:无法|不能|沒辦法|没办法|無法)(?:为您|为你|向您|向你|為您)?(?:"
    r"提供|帮助|协助|回答|完成|满足|帮您|帮你|協助|回應|处理|生成|撰写))",
    r"(?:お(?:手伝い|答え|応え)(?:する)?(?:こと)?(?:は|が)?でき(?:ません|かね)|"
    r"提供(?:する)?(?:こと)?(?:は|が)?でき(?:ません|かね)|"
    r"対応(?:する)?(?:こと)?(?:は|が)?でき(?:ません|かね)|回答(?:する)?(?:こと)?(?:は|が)?でき(?:ません|かね))",
    r"(?:도와드릴 수 없|도와드릴 수가 없|제공할 수 없|제공해 드릴 수 없|"
    r"답변(?:할|드릴) 수 없|도움을 드릴 수 없|응할 수 없)",
    # Arabic, Hindi
    r"(?:لا (?:أستطيع|يمكنني|أقدر)|لا يمكنني|لست قادر[اًة]*) ?(?:أن )?(?:مساعد|تقديم|الإجابة|تلبية|"
    r"أساعد|كتابة|المساعدة)",
    r"(?:मदद|सहायता|उत्तर|जानकारी|प्रदान)[^।\n]{0,30}?(?:नहीं (?:कर|दे) सकत[ाीे]|करने में असमर्थ)",
)
_REFUSAL = re.compile("|".join(_PATTERNS), re.IGNORECASE)
_TURN = re.compile(r"\b(?:enough|wait to|stress|overstate|thank you)\b", re.IGNORECASE)
_NEEDLES = (
    "can't", "cant", "cannot", "can not", "won't", "wont", "will not", "'m not", "am not", "unable",
    "decline", "not have", "t have the", "don't", "dont", "do not", "against", "outside",
    "something i", "not able", "nicht", "keine", "je ne ", "je suis ", "no puedo", "no estoy", "no me es",
    "no debo", "no voy", "non ", "niet", "geen", "nie ", "inte ", "ikke ", "emem",
)  # fmt: skip
"""An opening in plain ASCII without any of these matches no pattern; a test holds this to be so."""


_STEMS = (
    "'", "not", "cant", "wont", "dont", "unable", "decline", "against", "outside", "something i", "nicht",
    "keine", "je ", "no ", "non ", "nie", "geen", "inte ", "ikke ", "emem",
)  # fmt: skip
"""One of these is in each needle: half as many to look for, and most answers have none."""


def _may_refuse(low: str) -> bool:
    """Nearly all answers end here: the patterns take a hundred times as long."""
    return any(map(low.__contains__, _STEMS)) and any(map(low.__contains__, _NEEDLES))


def refusal(answer: str) -> str | None:
    """The words by which the first sentences of `answer` refuse, or None."""
    opening = answer.rpartition("</think>")[2].strip()[:_OPENING]
    if opening.isascii() and not _may_refuse(opening.lower()):
        return None
    found = _REFUSAL.search(opening)
    if found is None or _TURN.search(opening[found.start() : found.end() + 20]):
        return None
    # A quotation is not the writer's own voice.
    quoted = opening[: found.start()].count('"') % 2 or opening[: found.start()].count("“") > opening[
        : found.start()
    ].count("”")
    return None if quoted else " ".join(found.group().split())[:80]
