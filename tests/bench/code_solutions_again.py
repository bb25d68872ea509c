"""Another right solution of each problem, by another way, as source for `code_checks`."""

# ruff: noqa: B905, PLC0415, RUF007, SIM110 - each function is handed out alone


def is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def gcd(a, b):
    if b == 0:
        return a
    return gcd(b, a % b)


def palindrome(s):
    s = s.replace(" ", "")
    for i in range(len(s) // 2):
        if s[i] != s[-1 - i]:
            return False
    return True


def count_vowels(s):
    return sum(s.lower().count(v) for v in "aeiou")


def largest_gap(items):
    s = sorted(items)
    return max((b - a for a, b in zip(s, s[1:])), default=0)


def two_sum(items, target):
    for j in range(len(items)):
        for i in range(j):
            if items[i] + items[j] == target:
                return [i, j]
    return []


def run_lengths(s):
    from itertools import groupby

    return [[k, len(list(g))] for k, g in groupby(s)]


def binary_search(items, x):
    return sum(1 for item in set(items) if item < x)


def to_roman(n):
    tens = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"]
    ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]
    return "C" * (n // 100) + tens[n // 10 % 10] + ones[n % 10]


def collatz(n):
    if n <= 1:
        return 0
    return 1 + collatz(n // 2 if n % 2 == 0 else 3 * n + 1)


def merge_intervals(spans):
    points = sorted(spans)
    result = []
    while points:
        a, b = points.pop(0)
        while points and points[0][0] <= b:
            b = max(b, points.pop(0)[1])
        result.append([a, b])
    return result


def balanced(s):
    while "()" in s:
        s = s.replace("()", "")
    return s == ""


def digit_sum(n):
    return sum(int(c) for c in str(abs(n)))


def rotate(items, k):
    out = list(items)
    if out:
        for _ in range(k % len(out)):
            out.insert(0, out.pop())
    return out


def transpose(rows):
    return [list(column) for column in zip(*rows)]


def word_counts(s):
    words = s.lower().split()
    return {word: words.count(word) for word in set(words)}


def second_largest(items):
    s = sorted(set(items))
    return s[-2] if len(s) > 1 else None


def flatten(items):
    stack, out = (list(items)[::-1], [])
    while stack:
        top = stack.pop()
        if isinstance(top, list):
            stack.extend(top[::-1])
        else:
            out.append(top)
    return out


def power_mod(a, b, m):
    return pow(a, b, m)


def longest_rise(items):
    if not items:
        return 0
    runs = [1]
    for a, b in zip(items, items[1:]):
        runs.append(runs[-1] + 1 if b > a else 1)
    return max(runs)


def caesar(s, k):
    a = "abcdefghijklmnopqrstuvwxyz"
    return "".join(a[(a.index(c) + k) % 26] if c in a else c for c in s)


def change_ways(n):
    return sum(1 for five in range(n // 5 + 1) for two in range((n - 5 * five) // 2 + 1))


def common_prefix(words):
    prefix = words[0] if words else ""
    while not all(word.startswith(prefix) for word in words):
        prefix = prefix[:-1]
    return prefix


def edit_distance(s, t):
    if not s or not t:
        return len(s) + len(t)
    if s[0] == t[0]:
        return edit_distance(s[1:], t[1:])
    return 1 + min(edit_distance(s[1:], t), edit_distance(s, t[1:]), edit_distance(s[1:], t[1:]))


def triangle(n):
    from math import comb

    return [[comb(i, j) for j in range(i + 1)] for i in range(n)]
