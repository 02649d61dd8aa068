"""How far two spellings are from each other."""


def distance(one: str, other: str) -> int:
    """How many edits apart; no letter is edited twice (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one):
        before, above, row = row, before, [place + 1]
        for number, facing in enumerate(other):
            least = min(before[number] + (letter != facing), before[number + 1] + 1, row[number] + 1)
            if place and number and letter == other[number - 1] and one[place - 1] == facing:
                least = min(least, above[number - 1] + 1)
            row.append(least)
    return row[-1]
