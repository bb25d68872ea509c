"""What words say about a request, for the Latin-script languages that have tables.

Data only. A word may stand under several concepts; a language missing here is judged by structure alone.
Words are lower case, split as `router.classify.text.words` splits them.
"""

from __future__ import annotations

ENGLISH = {
    "code": "python javascript typescript java rust sql bash html css regex kotlin swift php c"
    " cpp golang function method class script program code coding algorithm api array string"
    " strings list tuple tuples dictionary compile compiler debug refactor implement unittest"
    " pytest bug stacktrace traceback exception query database json yaml docker kubernetes git"
    " async endpoint stdin stdout subarray substring leetcode pseudocode def return import"
    " dataframe pandas numpy react assert assertion",
    "math": "calculate compute equation equations solve sum product fraction percent percentage"
    " average mean ratio area perimeter volume angle angles triangle circle square squared"
    " rectangle integer integers number numbers digit digits probability rolled algebra geometry"
    " arithmetic multiply divided divide remainder simplify evaluate solution solutions root"
    " roots graph radius median plus minus times odd positive negative real sequence dice coin coins",
    "math_hard": "prove proof theorem lemma integral derivative polynomial polynomials modulo"
    " congruent divisor divisors divisible prime primes factorial permutation permutations"
    " combinatorics inscribed circumcircle tangent bisector hyperbola parabola ellipse"
    " asymptote matrix determinant eigenvalue eigenvalues eigenvector isomorphic isomorphism"
    " subgroup abelian ring homomorphism convergence converges series logarithm logarithmic"
    " sqrt cubic quadratic complex coefficient coefficients relatively coprime triangles"
    " parallelogram hexagon tetrahedron sphere vertex vertices asymptotes bijective"
    " differentiable continuous topology manifold inequality maximize minimize",
    "quantity": "one two three four five six seven eight ten twenty hundred thousand third"
    " quarter many much total each per twice half double triple remaining left altogether cost"
    " costs price pay paid spend spent earn earns sold sell buys bought dozen hours minutes"
    " days weeks miles dollars cents times more fewer less pounds equally",
    "ask": "who whom whose what when where which why how",
    "fact": "who whose born died year century capital author wrote sings sang song"
    " album movie film actor actress played plays team won city river king queen president"
    " named founded invented country world olympic champion novel series episode season"
    " character nickname",
    "explain": "explain describe define compare difference meaning why cause causes reason"
    " advantages overview concept theory history works purpose statement following best"
    " according true",
    "write": "write compose draft rewrite rephrase paraphrase translate generate create imagine"
    " brainstorm summarize summarise proofread edit improve shorten",
    "genre": "poem story essay letter email song haiku limerick blog post article speech slogan"
    " headline tagline tweet caption dialogue script novel lyrics biography review resume"
    " advertisement ad joke riddle toast rap itinerary proposal pitch paragraph summary"
    " translation cover memo newsletter sonnet",
    "constraint": "exactly least most words word sentences sentence paragraphs paragraph bullet"
    " bullets lowercase uppercase capital letters comma commas response answer entire contain"
    " include included avoid without must should start begin end finish highlight highlighted"
    " markdown title sections section placeholders placeholder wrapped wrap postscript keyword"
    " keywords repeat format allowed only separated quotation angular hashtags mention refrain"
    " appear appears",
    "extract": "extract extracting extraction parse fields field entities invoice entity names"
    " dates addresses emails amounts schema key values structured columns table rows",
    "classify": "classify classification categorize categorise category categories label labels"
    " sentiment spam toxic intent topic positive negative neutral triage tag tags urgent",
    "science": "quantum relativistic enthalpy entropy molecule molecular molecules enzyme enzymes"
    " protein proteins gene genes genome mutation compound compounds reaction reagent"
    " oxidation isotope electron electrons photon spectrum wavelength velocity momentum"
    " hamiltonian boson quark neutrino stellar spectroscopy nmr synthesis equilibrium acid"
    " aqueous mol molar ph catalyst chromosome receptor inhibitor kinetic thermodynamic"
    " voltage capacitor magnetic perturbation operator spin energies regression variance"
    " estimator liability plaintiff defendant statute tort jurisdiction tariff dna rna mrna"
    " orbital ligand chiral nucleophilic eigenstate",
    "logic": "puzzle clues clue deduce logically logic knights liars houses neighbor neighbors"
    " whoever constraints schedule optimal optimize strategy adversary infer riddle paradox"
    " trolley prisoner prisoners doors goat wolf cabbage",
    "deep": "rigorous rigorously thorough architecture tradeoffs trade distributed concurrent"
    " concurrency deadlock scalable asymptotic efficient complexity dynamic optimization np"
    " recursion recursive concurrently consensus formal formally derive derivation justify"
    " analyse analyze nontrivial olympiad aime research design",
    "greeting": "hi hello hey thanks thank bye goodbye morning evening cheers ok okay great welcome",
    "follow": "and now also instead again same that it this continue more shorter longer why so"
    " then other another else previous above one them those these ok",
}

GERMAN = {
    "code": "funktion klasse methode skript programm programmiere implementiere algorithmus"
    " fehler liste zeichenkette datenbank abfrage kompiliert quellcode schleife code gibt",
    "math": "berechne rechne gleichung gleichungen löse summe produkt bruch prozent durchschnitt"
    " verhältnis fläche umfang volumen winkel dreieck kreis quadrat rechteck zahl zahlen ganze"
    " wahrscheinlichkeit wurzel lösung lösungen ziffern rest mittelwert",
    "math_hard": "beweise beweis satz integral ableitung polynom modulo teiler teilbar primzahl"
    " primzahlen fakultät matrix determinante eigenwert eigenwerte untergruppe konvergiert"
    " konvergenz reihe logarithmus tangente parabel ungleichung unendlich",
    "quantity": "zwei drei vier fünf sechs sieben acht zehn zwanzig hundert tausend drittel viele"
    " viel insgesamt jeder jede jedes pro doppelt hälfte halb kostet kosten preis bezahlt"
    " verdient verkauft kauft stunden minuten tage wochen übrig mehr weniger kilometer",
    "ask": "wer was wann wo welche welcher welches warum wieso wie wen wem",
    "fact": "wer wann wo geboren gestorben jahr jahrhundert hauptstadt autor schrieb stadt fluss"
    " könig präsident gegründet erfunden land film lied weltmeister",
    "explain": "erkläre erklären beschreibe definiere vergleiche unterschied bedeutung warum"
    " ursache grund bedeutet überblick funktioniert",
    "write": "schreibe schreib schreiben verfasse formuliere übersetze erstelle erzähle"
    " umschreiben fasse zusammenfassen",
    "genre": "gedicht geschichte aufsatz brief email mail lied haiku artikel rede slogan"
    " schlagzeile witz rätsel zusammenfassung absatz bewerbung",
    "constraint": "genau mindestens höchstens wörter wort sätze sätzen satz absätze absätzen"
    " stichpunkte stichpunkten kleinbuchstaben großbuchstaben komma kommas antwort antworte"
    " ohne muss soll beginne ende titel überschrift format nur vermeide verwende enthalten",
    "extract": "extrahiere extrahieren felder rechnung namen datum adressen beträge json schema"
    " tabelle betrag",
    "classify": "klassifiziere kategorisiere kategorie kategorien stimmung positiv negativ"
    " neutral einordnen ordne bewertung label",
    "science": "molekül enzym protein gen mutation reaktion elektron wellenlänge impuls säure"
    " gleichgewicht quantenmechanik entropie",
    "logic": "rätsel hinweise logik logisch optimal strategie",
    "deep": "ausführlich effizient komplexität verteilte herleitung begründe analysiere architektur entwirf",
    "greeting": "hallo danke tschüss moin servus guten morgen",
    "follow": "und jetzt auch stattdessen nochmal das es weiter kürzer länger warum dann nun",
}

FRENCH = {
    "code": "fonction classe méthode script programme implémente implémenter algorithme bogue"
    " liste chaîne requête boucle code renvoie compile",
    "math": "calcule calculer calculez équation équations résous résoudre somme produit fraction"
    " pourcentage moyenne rapport aire périmètre volume angle triangle cercle carré rectangle"
    " nombre nombres entier entiers probabilité racine solution solutions chiffres reste",
    "math_hard": "prouve démontre démontrer démontrez preuve théorème intégrale dérivée polynôme"
    " modulo diviseur divisible premier premiers factorielle matrice déterminant convergence"
    " converge série logarithme tangente parabole inégalité infinité",
    "quantity": "deux trois quatre cinq six sept huit dix vingt cent mille tiers quart combien"
    " total chaque par double moitié coûte coût prix paie gagne vend vendu achète heures"
    " minutes jours semaines reste plus moins kilomètres euros",
    "ask": "qui que quoi quand où quel quelle quels quelles pourquoi comment",
    "fact": "qui quand où né née mort année siècle capitale auteur écrit ville fleuve roi"
    " président fondé inventé pays film chanson champion",
    "explain": "explique expliquez expliquer décris définis compare différence signification"
    " pourquoi cause raison fonctionne",
    "write": "écris écrivez écrire rédige rédigez compose traduis traduire traduisez reformule"
    " résume résumer crée génère raconte",
    "genre": "poème histoire essai lettre email courriel chanson haïku article discours slogan"
    " titre blague devinette résumé paragraphe conte",
    "constraint": "exactement moins maximum mots mot phrases phrase paragraphes puces minuscules"
    " majuscules virgule virgules réponse réponds sans doit commence termine titre format"
    " seulement uniquement évite contenir",
    "extract": "extrais extraire extrayez champs facture noms dates adresses montants montant"
    " json schéma tableau",
    "classify": "classe classez classifie classifier catégorie catégories sentiment positif"
    " positive négatif négative neutre étiquette avis",
    "science": "molécule enzyme protéine gène mutation réaction électron acide équilibre quantique entropie",
    "logic": "énigme indices logique déduis optimal stratégie",
    "deep": "rigoureusement efficace complexité distribué distribuée justifie analyse architecture conçois",
    "greeting": "bonjour salut merci bonsoir",
    "follow": "et maintenant aussi plutôt encore ça cela continue plus pourquoi alors",
}

SPANISH = {
    "code": "función clase método script programa implementa implementar algoritmo lista cadena"
    " consulta bucle código devuelva devuelve compila",
    "math": "calcula calcular ecuación ecuaciones resuelve suma producto fracción porcentaje"
    " promedio media razón área perímetro volumen ángulo triángulo círculo cuadrado rectángulo"
    " número números entero enteros probabilidad raíz solución soluciones dígitos resto",
    "math_hard": "demuestra demostrar demostración teorema integral derivada polinomio módulo"
    " divisor divisible primo primos factorial matriz determinante converge convergencia serie"
    " logaritmo tangente parábola desigualdad infinitos",
    "quantity": "dos tres cuatro cinco seis siete ocho diez veinte cien mil tercio cuarto cuánto"
    " cuántos cuántas cuanta total cada por doble mitad cuesta costo precio paga gana vende"
    " vendió compra horas minutos días semanas quedan más menos kilómetros",
    "ask": "quién qué cuándo dónde cuál cuáles por cómo",
    "fact": "quién cuándo dónde nació murió año siglo capital autor escribió ciudad río rey"
    " presidente fundó inventó país película canción campeón",
    "explain": "explica explique explicar describe define compara diferencia significado causa"
    " razón funciona",
    "write": "escribe escribir escriba redacta compone traduce traducir reescribe resume resumir"
    " crea genera cuenta",
    "genre": "poema historia ensayo carta correo email canción haiku artículo discurso eslogan"
    " titular chiste acertijo resumen párrafo cuento",
    "constraint": "exactamente menos máximo palabras palabra frases frase oraciones párrafos"
    " viñetas minúsculas mayúsculas coma comas respuesta responde sin debe empieza termina"
    " título formato solo únicamente evita contener",
    "extract": "extrae extraer campos factura nombres fechas direcciones importes importe json"
    " esquema tabla fecha nombre",
    "classify": "clasifica clasificar categoría categorías sentimiento positivo positiva negativo"
    " negativa neutral neutro etiqueta reseña",
    "science": "molécula enzima proteína gen mutación reacción electrón ácido equilibrio cuántica entropía",
    "logic": "acertijo pistas lógica deduce óptima óptimo estrategia",
    "deep": "riguroso eficiente complejidad distribuido justifica analiza arquitectura diseña",
    "greeting": "hola gracias adiós buenos buenas",
    "follow": "y ahora también mejor otra eso continúa más entonces",
}

PORTUGUESE = {
    "code": "função classe método script programa implemente implementar algoritmo lista consulta"
    " laço código retorne retorna devolve compila",
    "math": "calcule calcular equação equações resolva soma produto fração porcentagem média"
    " razão área perímetro volume ângulo triângulo círculo quadrado retângulo número números"
    " inteiro inteiros probabilidade raiz solução soluções dígitos resto",
    "math_hard": "prove demonstre provar prova teorema integral derivada polinômio módulo divisor"
    " divisível primo primos fatorial matriz determinante converge convergência série"
    " logaritmo tangente parábola desigualdade infinitos",
    "quantity": "dois duas três quatro cinco seis sete oito dez vinte cem mil terço quarto quanto"
    " quantos quantas total cada por dobro metade custa custo preço paga ganha vende vendeu"
    " compra horas minutos dias semanas restam mais menos quilômetros",
    "ask": "quem que quando onde qual quais por como",
    "fact": "quem quando onde nasceu morreu ano século capital autor escreveu cidade rio rei"
    " presidente fundou inventou país filme música campeão",
    "explain": "explique explica explicar descreva defina compare diferença significado causa razão funciona",
    "write": "escreva escreve escrever redija componha traduza traduzir reescreva resuma resumir"
    " crie gere conte",
    "genre": "poema história ensaio redação carta email canção haiku artigo discurso slogan"
    " manchete piada adivinha resumo parágrafo conto",
    "constraint": "exatamente menos máximo palavras palavra frases frase parágrafos tópicos"
    " minúsculas maiúsculas vírgula vírgulas resposta responda sem deve comece termine título"
    " formato apenas somente evite conter",
    "extract": "extraia extrair campos fatura nomes datas endereços valores valor json esquema"
    " tabela data nome",
    "classify": "classifique classificar categoria categorias sentimento positivo positiva"
    " negativo negativa neutro neutra etiqueta avaliação",
    "science": "molécula enzima proteína gene mutação reação elétron ácido equilíbrio quântica entropia",
    "logic": "enigma pistas lógica deduza ótimo ótima estratégia",
    "deep": "rigoroso eficiente complexidade distribuído justifique analise arquitetura projete",
    "greeting": "olá oi obrigado obrigada tchau bom",
    "follow": "e agora também outra isso continue mais então",
}

ITALIAN = {
    "code": "funzione classe metodo script programma implementa implementare algoritmo lista"
    " stringa query ciclo codice restituisca restituisce compila",
    "math": "calcola calcolare equazione equazioni risolvi somma prodotto frazione percentuale"
    " media rapporto area perimetro volume angolo triangolo cerchio quadrato rettangolo numero"
    " numeri intero interi probabilità radice soluzione soluzioni cifre resto",
    "math_hard": "dimostra dimostrare dimostrazione teorema integrale derivata polinomio modulo"
    " divisore divisibile primo primi fattoriale matrice determinante converge convergenza"
    " serie logaritmo tangente parabola disuguaglianza infiniti",
    "quantity": "due tre quattro cinque sei sette otto dieci venti cento mille terzo quarto"
    " quanto quanti quante totale ogni per doppio metà costa costo prezzo paga guadagna vende"
    " venduto compra ore minuti giorni settimane restano più meno chilometri",
    "ask": "chi che cosa quando dove quale quali qual perché come",
    "fact": "chi quando dove nato nata morto anno secolo capitale autore scritto scrisse città"
    " fiume re presidente fondato inventato paese film canzone campione",
    "explain": "spiega spiegare descrivi definisci confronta differenza significato perché causa"
    " ragione funziona",
    "write": "scrivi scrivere scriva componi traduci tradurre riscrivi riassumi riassumere crea"
    " genera racconta",
    "genre": "poesia storia saggio lettera email canzone haiku articolo discorso slogan titolo"
    " barzelletta indovinello riassunto paragrafo racconto",
    "constraint": "esattamente almeno massimo parole parola frasi frase paragrafi punti minuscole"
    " maiuscole virgola virgole risposta rispondi senza deve inizia termina titolo formato"
    " solo soltanto evita contenere",
    "extract": "estrai estrarre campi fattura nomi date indirizzi importi importo json schema"
    " tabella data nome",
    "classify": "classifica classificare categoria categorie sentimento positivo positiva"
    " negativo negativa neutro etichetta recensione",
    "science": "molecola enzima proteina gene mutazione reazione elettrone acido equilibrio"
    " quantistica entropia",
    "logic": "indovinello indizi logica deduci ottimale strategia",
    "deep": "rigoroso efficiente complessità distribuito giustifica analizza architettura progetta",
    "greeting": "ciao grazie buongiorno salve",
    "follow": "e adesso ora anche invece ancora altra continua più allora",
}

DUTCH = {
    "code": "functie klasse methode script programma implementeer algoritme lijst tekenreeks"
    " query lus code teruggeeft geeft compileert",
    "math": "bereken vergelijking vergelijkingen los som product breuk procent gemiddelde"
    " verhouding oppervlakte omtrek volume hoek driehoek cirkel vierkant rechthoek getal"
    " getallen gehele kans wortel oplossing oplossingen cijfers rest",
    "math_hard": "bewijs stelling integraal afgeleide polynoom modulo deler deelbaar priemgetal"
    " priemgetallen faculteit matrix determinant convergeert reeks logaritme raaklijn parabool"
    " ongelijkheid oneindig",
    "quantity": "twee drie vier vijf zes zeven acht tien twintig honderd duizend derde kwart"
    " hoeveel totaal elke elk per dubbel helft kost kosten prijs betaalt verdient verkoopt"
    " verkocht koopt uur minuten dagen weken over meer minder kilometer",
    "ask": "wie wat wanneer waar welke welk waarom hoe",
    "fact": "wie wanneer waar geboren gestorven jaar eeuw hoofdstad auteur schreef stad rivier"
    " koning president opgericht uitgevonden land film lied kampioen",
    "explain": "uit leg beschrijf definieer vergelijk verschil betekenis waarom oorzaak reden werkt",
    "write": "schrijf schrijven stel vertaal herschrijf vat samenvatten maak genereer vertel",
    "genre": "gedicht verhaal essay brief email lied haiku artikel toespraak slogan kop mop"
    " raadsel samenvatting alinea",
    "constraint": "precies minstens hoogstens woorden woord zinnen zin alinea opsommingstekens"
    " kleine hoofdletters komma antwoord zonder moet begin eindig titel formaat alleen vermijd"
    " bevatten",
    "extract": "haal extraheer velden factuur namen datums adressen bedragen bedrag json schema"
    " tabel naam datum",
    "classify": "classificeer categoriseer categorie categorieën sentiment positief negatief"
    " neutraal label recensie",
    "science": "molecuul enzym eiwit gen mutatie reactie elektron zuur evenwicht kwantum entropie",
    "logic": "raadsel aanwijzingen logica optimaal strategie",
    "deep": "grondig efficiënt complexiteit gedistribueerd onderbouw analyseer architectuur ontwerp",
    "greeting": "hallo hoi dank bedankt dag",
    "follow": "en nu ook liever nog dat het verder korter langer waarom dan",
}
