"""Language of a text: scripts, stop words, and the honest "und"."""

from __future__ import annotations

import pytest

from router.classify.language import detect

SENTENCES = {
    "en": "The committee will meet again when the report is ready.",
    "de": "Der Ausschuss tritt wieder zusammen, wenn der Bericht fertig ist.",
    "fr": "Le comité se réunira à nouveau quand le rapport sera prêt.",
    "es": "El comité se reunirá de nuevo cuando el informe esté listo.",
    "pt": "O comitê se reunirá novamente quando o relatório não tiver mais erros.",
    "it": "Il comitato si riunirà di nuovo quando la relazione sarà pronta.",
    "nl": "De commissie komt weer bijeen als het verslag klaar is.",
    "sv": "Kommittén träffas igen när rapporten är klar och det är inte långt till dess.",
    "pl": "Komisja spotka się ponownie, kiedy raport będzie gotowy, ale to nie jest pewne.",
    "tr": "Rapor hazır olunca kurul yeniden toplanacak ve bu çok önemli bir gün olacak.",
    "vi": "Ủy ban sẽ họp lại khi báo cáo đã xong và không có lỗi của những người này.",
    "id": "Panitia akan bertemu lagi ketika laporan itu selesai dan tidak ada kesalahan.",
    "ru": "Комитет соберётся снова, когда отчёт будет готов.",
    "uk": "Комітет збереться знову, коли звіт буде готовий.",
    "el": "Η επιτροπή θα συναντηθεί ξανά όταν η έκθεση είναι έτοιμη.",
    "he": "הוועדה תתכנס שוב כאשר הדוח יהיה מוכן.",
    "ar": "ستجتمع اللجنة مرة أخرى عندما يكون التقرير جاهزا.",
    "fa": "کمیته دوباره تشکیل می‌شود وقتی گزارش آماده باشد.",
    "hi": "रिपोर्ट तैयार होने पर समिति फिर मिलेगी।",
    "th": "คณะกรรมการจะประชุมอีกครั้งเมื่อรายงานเสร็จ",
    "zh": "报告完成后委员会将再次开会。",
    "ja": "報告書ができたら委員会は再び集まります。",
    "ko": "보고서가 준비되면 위원회가 다시 모입니다.",
}


@pytest.mark.parametrize(("code", "text"), SENTENCES.items())
def test_a_sentence_is_recognised(code: str, text: str) -> None:
    """One ordinary sentence is enough, also when it is repeated into a long text."""
    assert detect(text) == code
    assert detect(text * 500) == code


@pytest.mark.parametrize(
    "text", ["", "12 + 30 = 42", "x", "Zürich Genève Łódź", "🙂🙂", "\ud800", "$$\\frac12$$"]
)
def test_nothing_to_go_by_is_und(text: str) -> None:
    """Numbers, names, symbols and broken text are not guessed at."""
    assert detect(text) == "und"


def test_a_foreign_word_does_not_decide() -> None:
    """A Greek letter or one quoted word leaves the sentence's language alone."""
    assert detect("Let α and β be the two angles of the triangle.") == "en"
    assert detect("What does the word 木漏れ日 mean when they use it in a poem?") == "en"
