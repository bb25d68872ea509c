"""Hand-written requests with the task a person would give them; none is taken from a public set.

`CASES`: one user turn. `TRANSLATED`: the same request in many languages, which must be read alike.
`DIALOGUES`: whole conversations, whose last turn alone would mislead.
"""

from __future__ import annotations

from router.classify.port import Conversation, Turn
from router.domain.kinds import Task

CASES: tuple[tuple[str, Task], ...] = (
    ("What is 17 * 23?", Task.MATH),
    ("Solve 3x + 5 = 20 for x.", Task.MATH),
    ("A train covers 240 km in 3 hours. How many minutes does it need for 60 km at that speed?", Task.MATH),
    ("Prove that there are infinitely many primes congruent to 3 modulo 4.", Task.MATH),
    (r"Evaluate $\int_0^1 x^2 e^x \, dx$.", Task.MATH),
    ("Mara bakes 5 trays of 12 rolls and sells 41. How many rolls are left?", Task.MATH),
    ("Find all integer solutions of x^2 - 5y^2 = 1 with x below 100.", Task.MATH),
    ("What is the probability of two sixes when three fair dice are rolled?", Task.MATH),
    ("Compute the determinant of the matrix [[2, 1], [7, 4]].", Task.MATH),
    ("Write a Python function that merges two sorted lists.", Task.CODE),
    ("```python\ndef f(x):\n    return x / 0\n```\nWhy does this raise?", Task.CODE),
    ("Fix this SQL query: SELECT name, COUNT(*) FROM users WHERE age > 30", Task.CODE),
    ("Implement a thread-safe LRU cache in Java with unit tests.", Task.CODE),
    ("My Dockerfile build fails with an exception in the compiler stage, debug it please.", Task.CODE),
    ("Refactor the class so that the database query runs async.", Task.CODE),
    ("const xs = [1,2,3].map(x => x * 2);\nconsole.log(xs);\nWhat does this script print()?", Task.CODE),
    ("Give me a regex for ISO dates in JavaScript.", Task.CODE),
    ("Who wrote the opera Carmen?", Task.KNOWLEDGE),
    ("What is the capital of Mongolia?", Task.KNOWLEDGE),
    ("Why do leaves change colour in autumn?", Task.KNOWLEDGE),
    ("Explain the difference between a virus and a bacterium.", Task.KNOWLEDGE),
    ("Which planet has the most moons?", Task.KNOWLEDGE),
    ("When did the Berlin Wall fall and why?", Task.KNOWLEDGE),
    ("Which vitamin does sunlight help to make?\nA. A\nB. C\nC. D\nD. K\nAnswer:", Task.KNOWLEDGE),
    ("How does a heat pump work?", Task.KNOWLEDGE),
    ("Describe the causes of the Thirty Years' War.", Task.KNOWLEDGE),
    ("Where is the Atacama desert?", Task.KNOWLEDGE),
    ("Write a poem about the sea.", Task.WRITING),
    ("Draft a friendly email inviting the team to lunch.", Task.WRITING),
    ("Translate to Spanish: The meeting was moved to Monday.", Task.WRITING),
    ("Summarize the following article in plain English.", Task.WRITING),
    ("Come up with a slogan for a bicycle shop.", Task.WRITING),
    ("Rewrite this letter so that it sounds warmer.", Task.WRITING),
    ("Compose a short story about a lighthouse keeper.", Task.WRITING),
    (
        "Write exactly three sentences about tea. Do not use commas, and end with the word calm.",
        Task.INSTRUCTION,
    ),
    (
        "Answer in lowercase letters only, with at least 4 bullet points and a title in double brackets.",
        Task.INSTRUCTION,
    ),
    (
        "Your entire response must contain fewer than 50 words and no commas. Describe a kite.",
        Task.INSTRUCTION,
    ),
    (
        "List 3 colours. Each paragraph must start with a capital letter and finish with a keyword.",
        Task.INSTRUCTION,
    ),
    ("Extract the names and dates from this text as JSON: On 4 May Ana met Li.", Task.EXTRACTION),
    (
        "Pull all email addresses and amounts out of the invoice below into a table with these columns.",
        Task.EXTRACTION,
    ),
    (
        "Parse the invoice and return the fields vendor, total and due date as key-value pairs.",
        Task.EXTRACTION,
    ),
    ("Classify the sentiment of this review: the soup was cold.", Task.CLASSIFICATION),
    ("Label each ticket as spam or not spam: You won a prize!", Task.CLASSIFICATION),
    ("Is the tone positive, negative or neutral? 'Great phone, weak battery.'", Task.CLASSIFICATION),
    (
        "Which category fits this message: billing, technical, other? My card was declined.",
        Task.CLASSIFICATION,
    ),
    ("hi", Task.OTHER),
    ("Thanks, bye!", Task.OTHER),
    ("Hello there", Task.OTHER),
)

TRANSLATED: tuple[tuple[Task, dict[str, str]], ...] = (
    (
        Task.MATH,
        {
            "en": "Solve the equation 3x + 7 = 22. What is x?",
            "de": "Löse die Gleichung 3x + 7 = 22. Was ist x?",
            "fr": "Résous l'équation 3x + 7 = 22. Que vaut x ?",
            "es": "Resuelve la ecuación 3x + 7 = 22. ¿Cuál es el valor de x?",
            "pt": "Resolva a equação 3x + 7 = 22. Qual é o valor de x?",
            "it": "Risolvi l'equazione 3x + 7 = 22. Quanto vale x?",
            "nl": "Los de vergelijking 3x + 7 = 22 op. Wat is x?",
            "ru": "Реши уравнение 3x + 7 = 22. Чему равен x?",
            "zh": "求解方程 3x + 7 = 22，x 等于多少？",
            "ja": "方程式 3x + 7 = 22 を解いてください。x はいくつですか？",
            "ko": "방정식 3x + 7 = 22를 풀어 주세요. x는 얼마인가요?",
            "ar": "حل المعادلة 3x + 7 = 22. كم تساوي x؟",
            "hi": "समीकरण 3x + 7 = 22 को हल कीजिए। x का मान कितना है?",
        },
    ),
    (
        Task.MATH,
        {
            "en": "Prove that there are infinitely many prime numbers.",
            "de": "Beweise, dass es unendlich viele Primzahlen gibt.",
            "fr": "Démontre qu'il existe une infinité de nombres premiers.",
            "es": "Demuestra que hay infinitos números primos.",
            "pt": "Demonstre que há infinitos números primos.",
            "it": "Dimostra che i numeri primi sono infiniti.",
            "nl": "Bewijs dat er oneindig veel priemgetallen zijn.",
            "ru": "Докажи, что простых чисел бесконечно много.",
            "zh": "证明质数有无穷多个。",
            "ja": "素数が無限に存在することを証明してください。",
            "ko": "소수가 무한히 많다는 것을 증명하세요.",
            "ar": "أثبت أن الأعداد الأولية لا نهائية.",
            "hi": "सिद्ध कीजिए कि अभाज्य संख्याएँ अनंत हैं।",
        },
    ),
    (
        Task.CODE,
        {
            "en": "Write a Python function that reverses a string.",
            "de": "Schreibe eine Python-Funktion, die eine Zeichenkette umkehrt.",
            "fr": "Écris une fonction Python qui inverse une chaîne de caractères.",
            "es": "Escribe una función en Python que invierta una cadena.",
            "pt": "Escreva uma função em Python que inverta uma string.",
            "it": "Scrivi una funzione Python che inverta una stringa.",
            "nl": "Schrijf een Python-functie die een tekenreeks omkeert.",
            "ru": "Напиши функцию на Python, которая переворачивает строку.",
            "zh": "写一个反转字符串的 Python 函数。",
            "ja": "文字列を反転する Python の関数を書いてください。",
            "ko": "문자열을 뒤집는 Python 함수를 작성해 주세요.",
            "ar": "اكتب دالة بايثون تعكس سلسلة نصية.",
            "hi": "एक पायथन फ़ंक्शन लिखें जो स्ट्रिंग को उलट दे।",
        },
    ),
    (
        Task.KNOWLEDGE,
        {
            "en": "Why is the sky blue?",
            "de": "Warum ist der Himmel blau?",
            "fr": "Pourquoi le ciel est-il bleu ?",
            "es": "¿Por qué el cielo es azul?",
            "pt": "Por que o céu é azul?",
            "it": "Perché il cielo è blu?",
            "nl": "Waarom is de lucht blauw?",
            "ru": "Почему небо голубое?",
            "zh": "为什么天空是蓝色的？",
            "ja": "なぜ空は青いのですか？",
            "ko": "하늘은 왜 파란가요?",
            "ar": "لماذا السماء زرقاء؟",
            "hi": "आसमान नीला क्यों होता है?",
        },
    ),
    (
        Task.WRITING,
        {
            "en": "Write a short poem about the autumn.",
            "de": "Schreibe ein kurzes Gedicht über den Herbst.",
            "fr": "Écris un court poème sur l'automne.",
            "es": "Escribe un poema corto sobre el otoño.",
            "pt": "Escreva um poema curto sobre o outono.",
            "it": "Scrivi una breve poesia sull'autunno.",
            "nl": "Schrijf een kort gedicht over de herfst.",
            "ru": "Напиши короткое стихотворение об осени.",
            "zh": "写一首关于秋天的短诗。",
            "ja": "秋についての短い詩を書いてください。",
            "ko": "가을에 대한 짧은 시를 써 주세요.",
            "ar": "اكتب قصيدة قصيرة عن الخريف.",
            "hi": "शरद ऋतु पर एक छोटी कविता लिखें।",
        },
    ),
    (
        Task.CLASSIFICATION,
        {
            "en": "Classify the sentiment as positive or negative: the food was awful.",
            "de": "Klassifiziere die Stimmung als positiv oder negativ: das Essen war furchtbar.",
            "fr": "Classe le sentiment comme positif ou négatif : le repas était affreux.",
            "es": "Clasifica el sentimiento como positivo o negativo: la comida fue horrible.",
            "pt": "Classifique o sentimento como positivo ou negativo: a comida estava horrível.",
            "it": "Classifica il sentimento come positivo o negativo: il cibo era orribile.",
            "nl": "Classificeer het sentiment als positief of negatief: het eten was vreselijk.",
            "ru": "Классифицируй тональность как положительная или отрицательная: еда ужасна.",
            "zh": "把情感分类为正面或负面：饭菜很糟糕。",
            "ja": "感情をポジティブかネガティブに分類してください：料理はひどかった。",
            "ko": "감정을 긍정 또는 부정으로 분류해 주세요: 음식이 끔찍했어요.",
            "ar": "صنف المشاعر إلى إيجابي أو سلبي: كان الطعام سيئا.",
            "hi": "भावना को सकारात्मक या नकारात्मक में वर्गीकृत कीजिए: खाना बहुत ख़राब था।",
        },
    ),
    (
        Task.EXTRACTION,
        {
            "en": "Extract the name, date and amount from this invoice as JSON.",
            "de": "Extrahiere Namen, Datum und Betrag aus dieser Rechnung als JSON.",
            "fr": "Extrais les noms, les dates et le montant de cette facture en JSON.",
            "es": "Extrae el nombre, la fecha y el importe de esta factura como JSON.",
            "pt": "Extraia o nome, a data e o valor desta fatura como JSON.",
            "it": "Estrai il nome, la data e l'importo da questa fattura come JSON.",
            "nl": "Haal de naam, datum en het bedrag uit deze factuur als JSON.",
            "ru": "Извлеки имя, дату и сумму из этого счёта в JSON.",
            "zh": "从这张发票中提取姓名、日期和金额，输出 JSON。",
            "ja": "この請求書から氏名、日付、金額を抽出して JSON にしてください。",
            "ko": "이 청구서에서 이름, 날짜, 금액을 추출해서 JSON으로 주세요.",
            "ar": "استخرج الاسم والتاريخ والمبلغ من هذه الفاتورة بصيغة JSON.",
            "hi": "इस चालान से नाम, तारीख और राशि JSON में निकालें।",
        },
    ),
)


def user(*texts: str, system: str = "") -> Conversation:
    """A conversation of user turns, each answered with a word, and perhaps a system prompt."""
    turns = [Turn("system", system)] if system else []
    for text in texts[:-1]:
        turns += [Turn("user", text), Turn("assistant", "Sure.")]
    return Conversation((*turns, Turn("user", texts[-1])))


DIALOGUES: tuple[tuple[Conversation, Task], ...] = (
    (user("Find the sum of the first n odd integers and prove the formula.", "and for n = 7?"), Task.MATH),
    (user("Write a Python function that parses CSV files.", "now make it async"), Task.CODE),
    (user("Write a Python function that parses CSV files.", "why?"), Task.CODE),
    (user("Write a poem about rain.", "now in French"), Task.WRITING),
    (user("Écris une fonction Python qui trie une liste.", "et maintenant en Java ?"), Task.CODE),
    (user("求解方程 x^2 - 5x + 6 = 0", "为什么？"), Task.MATH),
    (
        user("Write a Python function that parses CSV files.", "What is the capital of France?"),
        Task.KNOWLEDGE,
    ),
    (user("Prove that the square root of 2 is irrational, a theorem.", "Thanks!"), Task.OTHER),
    (
        user(
            "My parcel never arrived!",
            system="Classify the message into one category: billing, delivery, other.",
        ),
        Task.CLASSIFICATION,
    ),
    (
        user("Acme Ltd, 4 May, 310 EUR", system="Extract the fields vendor, date and amount as JSON."),
        Task.EXTRACTION,
    ),
    (Conversation((Turn("user", "What is the weather in Oslo?"),), tools=3), Task.TOOL_USE),
    (
        Conversation(
            (
                Turn("user", "Book it"),
                Turn("assistant", ""),
                Turn("tool", '{"ok": true}'),
                Turn("user", "and now?"),
            ),
            tools=2,
            tool_turns=1,
        ),
        Task.TOOL_USE,
    ),
)
