"""A right solution of each problem, as source for `code_checks`: each stands alone, imports included."""


def is_prime(n):
    if n < 2:
        return False
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d += 1
    return True


def fibonacci(n):
    a, b = (0, 1)
    for _ in range(n):
        a, b = (b, a + b)
    return a


def gcd(a, b):
    while b:
        a, b = (b, a % b)
    return a


def palindrome(s):
    s = [c for c in s if c != " "]
    return s == s[::-1]


def count_vowels(s):
    count = 0
    for c in s:
        if c.lower() in "aeiou":
            count += 1
    return count


def largest_gap(items):
    if len(items) < 2:
        return 0
    items = sorted(items)
    best = 0
    for i in range(1, len(items)):
        if items[i] - items[i - 1] > best:
            best = items[i] - items[i - 1]
    return best


def two_sum(items, target):
    seen = {}
    for i, x in enumerate(items):
        if target - x in seen:
            return [seen[target - x], i]
        if x not in seen:
            seen[x] = i
    return []


def run_lengths(s):
    out = []
    for c in s:
        if out and out[-1][0] == c:
            out[-1][1] += 1
        else:
            out.append([c, 1])
    return out


def binary_search(items, x):
    items = sorted(set(items))
    low, high = (0, len(items))
    while low < high:
        middle = (low + high) // 2
        if items[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


def to_roman(n):
    out = ""
    for value, text in (
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        while n >= value:
            out += text
            n -= value
    return out


def collatz(n):
    steps = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def merge_intervals(spans):
    out = []
    for a, b in sorted(spans):
        if out and a <= out[-1][1]:
            out[-1][1] = max(out[-1][1], b)
        else:
            out.append([a, b])
    return out


def balanced(s):
    depth = 0
    for c in s:
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
        if depth < 0:
            return False
    return depth == 0


def digit_sum(n):
    n = abs(n)
    total = 0
    while n > 0:
        total += n % 10
        n //= 10
    return total


def rotate(items, k):
    if not items:
        return []
    k = k % len(items)
    return items[-k:] + items[:-k] if k else items[:]


def transpose(rows):
    if not rows:
        return []
    return [[row[i] for row in rows] for i in range(len(rows[0]))]


def word_counts(s):
    counts = {}
    for word in s.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def second_largest(items):
    best = second = None
    for x in items:
        if best is None or x > best:
            best, second = (x, best)
        elif x < best and (second is None or x > second):
            second = x
    return second


def flatten(items):
    out = []
    for item in items:
        if isinstance(item, list):
            out.extend(flatten(item))
        else:
            out.append(item)
    return out


def power_mod(a, b, m):
    result = 1 % m
    a %= m
    while b > 0:
        if b % 2 == 1:
            result = result * a % m
        a = a * a % m
        b //= 2
    return result


def longest_rise(items):
    best = run = 0
    for i, x in enumerate(items):
        run = run + 1 if i and x > items[i - 1] else 1
        best = max(best, run)
    return best


def caesar(s, k):
    out = ""
    for c in s:
        if "a" <= c <= "z":
            out += chr((ord(c) - 97 + k) % 26 + 97)
        else:
            out += c
    return out


def change_ways(n):
    ways = [1] + [0] * n
    for coin in (1, 2, 5):
        for total in range(coin, n + 1):
            ways[total] += ways[total - coin]
    return ways[n]


def common_prefix(words):
    if not words:
        return ""
    for i, c in enumerate(words[0]):
        for other in words[1:]:
            if i >= len(other) or other[i] != c:
                return words[0][:i]
    return words[0]


def edit_distance(s, t):
    row = list(range(len(t) + 1))
    for i, a in enumerate(s, 1):
        last, row[0] = (row[0], i)
        for j, b in enumerate(t, 1):
            last, row[j] = (row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b)))
    return row[-1]


def triangle(n):
    out = []
    for i in range(n):
        row = [1] * (i + 1)
        for j in range(1, i):
            row[j] = out[-1][j - 1] + out[-1][j]
        out.append(row)
    return out
