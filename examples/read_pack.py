"""Reads an artist2vec pack with nothing but Python's standard library, written from docs/FORMAT.md.

    python3 examples/read_pack.py data/demo "Björk"        the artists nearest to one artist
    python3 examples/read_pack.py data/demo --dump         everything, as JSON lines (what the test compares)

Plain and slow on purpose: it is here to be read.
"""

import hashlib
import json
import math
import re
import struct
import sys
import zlib
from pathlib import Path

MAGIC = b"\x89A2V\r\n\x1a\n"
SCALE = 4096
MOST_BYTES = 2**26  # in one text, or in one column of bytes
F32_MAX = (2 - 2**-23) * 2.0**127
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.a2v")
ROLES = {"names": 1, "map": 2, "vectors": 3, "ids": 4, "words": 5, "about": 6, "facts": 7, "pictures": 8, "together": 9}


class Damaged(Exception):
    """The bytes are not what the format says."""


def check(sound, what):
    if not sound:
        raise Damaged(what)


def f32(x):
    """Rounds to single precision, so that every step is the one that docs/FORMAT.md describes."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


# 1. The container


def sections(file):
    """A part's sections by tag; every checksum, length and zero byte is checked."""
    check(file[:8] == MAGIC, "no artist2vec file")
    check(file[8:12] == b"PACK", "no pack")
    version, oldest_reader, length, count = struct.unpack_from("<HHQI", file, 12)
    check(version >= 1 and oldest_reader <= 1, f"format version {version}")
    check(length == len(file), "cut short, or too long")
    check(count <= 64 and 64 + 32 * count <= len(file), "too many sections")
    check(not any(file[28:60]), "reserved bytes are not zero")
    table = file[64 : 64 + 32 * count]
    check(zlib.crc32(file[:60] + table) == struct.unpack_from("<I", file, 60)[0], "header altered")
    found, end = {}, 64 + 32 * count
    for i in range(count):
        tag, crc, offset, size, zero = struct.unpack_from("<4sIQQQ", table, 32 * i)
        start = -(-end // 64) * 64
        check(offset == start and zero == 0 and tag not in found, "section table altered")
        check(not any(file[end:start]), "padding is not zero")
        end = offset + size
        check(end <= len(file), "section beyond the end")
        found[tag.decode()] = file[offset:end]
        check(zlib.crc32(found[tag.decode()]) == crc, f"section {tag.decode()} altered")
    check(len(file) == -(-end // 64) * 64 and not any(file[end:]), "bytes behind the last section")
    return found


def numbers(kind, data):
    """A plain column: `kind` is a letter of the struct module."""
    check(len(data) % struct.calcsize("<" + kind) == 0, "a column of odd length")
    return [x for (x,) in struct.iter_unpack("<" + kind, data)]


# 3. Coded columns and texts


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        value, shift = 0, 0
        while True:
            check(self.at < len(self.data) and shift < 35, "a number does not end")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                check(value < 2**32, "a number of more than 32 bits")
                return value

    def column(self, count):
        if count == 0:
            return []
        lowest = self.number()
        lowest = lowest // 2 if lowest % 2 == 0 else -(lowest + 1) // 2
        span = self.number()
        check(span <= SCALE, "a column of too many values")
        frequencies = [self.number() for _ in range(span)]
        check(sum(frequencies) == SCALE, "frequencies do not add up")
        slots = []
        for i, frequency in enumerate(frequencies):
            slots += [(lowest + i, frequency, offset) for offset in range(frequency)]
        words = self.number()
        check(self.at + 2 * words <= len(self.data) and words >= 2, "a column is cut short")
        stream = iter(numbers("H", self.data[self.at : self.at + 2 * words]))
        self.at += 2 * words
        state = next(stream) << 16 | next(stream)
        values = []
        for _ in range(count):
            value, frequency, offset = slots[state % SCALE]
            values.append(value)
            state = frequency * (state // SCALE) + offset
            if state < 65536:
                word = next(stream, None)
                check(word is not None, "a column is cut short")
                state = state << 16 | word
        check(state == 65536 and next(stream, None) is None, "a column does not end where it should")
        return values


def coded_bytes(data, most):
    """Bytes that are written as their number, at most `most`, and a coded column."""
    reader = Reader(data)
    count = reader.number()
    check(count <= most, "more bytes than there may be")
    column = reader.column(count)
    check(reader.at == len(data), "bytes behind a column")
    return Reader(bytes(column))


def text(data, rows=None):
    """The strings of a coded text, `rows` of them."""
    reader = Reader(data)
    count = reader.number()
    check(rows is None or count == rows, "a text of other rows than its part")
    columns, letters = [], 0
    for _ in range(256):
        following = reader.number()
        letters += following
        check(letters <= MOST_BYTES, "a text is too long")
        columns.append(iter(reader.column(following)))
    strings = []
    for _ in range(count):
        string, before = bytearray(), 0
        while True:
            before = next(columns[before], None)
            check(before is not None, "a text is cut short")
            if before == 0:
                break
            string.append(before)
        strings.append(string.decode("utf-8"))
    check(reader.at == len(data) and all(next(column, None) is None for column in columns), "a text is too long")
    return strings


# 4. The pack


def check_fields(thing, **kinds):
    check(isinstance(thing, dict), "the manifest is not built like one")
    for name, kind in kinds.items():
        check(type(thing.get(name)) is kind, f"the manifest lacks {name}, or it is of another kind")


def check_manifest(manifest):
    """Refuses what leads elsewhere or contradicts itself, before any part is opened."""
    check_fields(manifest, version=int)
    check(manifest["version"] == 1, f"manifest version {manifest['version']}")
    check_fields(manifest, title=str, artists=int, parts=list)
    check(len(manifest["parts"]) <= 1024, "too many parts")
    files, ends = set(), {}
    for part in manifest["parts"]:
        check_fields(part, role=str, first=int, rows=int, file=str, bytes=int, sha256=str)
        file, end = part["file"], part["first"] + part["rows"]
        check(FILE_NAME.fullmatch(file) and len(file) <= 200, f"{file!r} is no plain file name")
        check(file not in files, f"{file} is named twice")
        check(part["first"] == ends.get(part["role"], 0), f"{file} does not begin where the part before it ends")
        check(part["rows"] >= 0 and end <= 2**24 and part["bytes"] <= 2**30, f"{file} is too large")
        files.add(file)
        ends[part["role"]] = end
    check(ends.get("names", 0) == manifest["artists"], "more or fewer artists than names")


class Pack:
    def __init__(self, folder):
        folder = Path(folder)
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        check_manifest(manifest)
        self.title, self.artists = manifest["title"], manifest["artists"]
        self.names, self.mentions, self.positions, self.ids = [], [], [], []
        self.rows, self.biases, self.norms, self.genres, self.followers = [], [], [], [], []
        self.words, self.word_titles, self.word_rows, self.credits = [], [], [], []
        self.together = []
        self.links, self.thumbnails, self.steps, self.widths, self.weights = [], [], [], [], []
        for part in manifest["parts"]:
            # What a reader does not know, it leaves out.
            if part["role"] not in ROLES:
                continue
            file = (folder / part["file"]).read_bytes()
            whole = len(file) == part["bytes"] and hashlib.sha256(file).hexdigest() == part["sha256"]
            check(whole, f"{part['file']} altered")
            found = sections(file)
            place = [ROLES[part["role"]], part["first"], part["rows"]]
            check(numbers("I", found["PART"]) == place, f"{part['file']} is another part")
            named = part["role"] in ("names", "words", "about") or part["first"] + part["rows"] <= len(self.names)
            check(named, f"{part['file']} stands before its artists' names")
            getattr(self, "read_" + part["role"])(found, part["rows"])

    def read_names(self, found, rows):
        self.names += text(found["NAME"], rows)
        inner, most, last = coded_bytes(found["MENT"], 5 * rows), self.mentions[-1:], None
        for _ in range(rows):
            fall = inner.number()
            last = fall if last is None else last - fall
            check(last >= 0 and all(last <= before for before in most), "mentions rise, or fall below 0")
            self.mentions.append(last)
        check(inner.at == len(inner.data), "more mentions than rows")

    def read_map(self, found, rows):
        [radius], places = numbers("f", found["RADI"]), numbers("h", found["POSN"])
        check(0 <= radius < math.inf, "a radius that cannot be")
        check(len(places) == 3 * rows, "more or fewer positions than rows")
        step = f32(radius / 32767)
        self.positions += [f32(x * step) for x in places]

    def read_vectors(self, found, rows):
        steps, widths, weights = numbers("f", found["STEP"]), list(found["WIDE"]), numbers("f", found.get("WGTS", b""))
        check(1 <= len(steps) <= 4096 and all(2**-126 <= step <= 1 for step in steps), "a step that cannot be")
        check(len(widths) == len(steps) and all(1 <= width <= 8 for width in widths), "a width that cannot be")
        check(len(weights) in (0, len(steps)) and all(0 < x < math.inf for x in weights), "a weight that cannot be")
        same = (steps, widths, weights) == (self.steps, self.widths, self.weights)
        check(same or not self.steps, "steps, widths or weights differ from the part before")
        self.steps, self.widths, self.weights = steps, widths, weights
        self.rows += self.codes(found, rows)
        self.norms += self.bytes(found.get("NORM"), rows)
        self.biases += self.bytes(found.get("BIAS"), rows)

    def codes(self, found, rows):
        reader = Reader(found["CODE"])
        columns = [reader.column(rows) for _ in self.steps]
        check(reader.at == len(found["CODE"]), "more codes than rows")
        for column, width in zip(columns, self.widths):
            check(all(abs(x) <= 127 * width for x in column), "a code beyond its axis")
        return list(zip(*columns))

    @staticmethod
    def bytes(data, rows):
        if data is None:
            return []
        lowest, step = struct.unpack_from("<ff", data)
        check(math.isfinite(lowest) and 0 <= 255 * step <= F32_MAX, "a lowest or a step that cannot be")
        check(lowest + 255 * step <= F32_MAX and len(data) == 8 + rows, "more than can be, or other rows than its part")
        return [f32(lowest + f32(byte * step)) for byte in data[8:]]

    def read_ids(self, found, rows):
        self.ids += text(found["IDS "], rows)

    def read_words(self, found, rows):
        check(self.steps, "words stand before the vectors whose axes they share")
        self.words, self.word_titles = text(found["WORD"], rows), numbers("I", found["WTIT"])
        check(len(self.word_titles) == rows, "more or fewer titles than words")
        self.word_rows = self.codes(found, rows)

    def read_about(self, found, rows):
        self.credits = text(found["CRED"], rows)  # META is for people who have bincode

    def read_facts(self, found, rows):
        if "GENR" in found:
            genres, counts = text(found["GENR"]), Reader(found["GENC"]).column(rows)
            of = [genres[number] for number in numbers("H", found["AGEN"])]
            check(sum(counts) == len(of) and all(count >= 0 for count in counts), "genres do not add up")
            of = iter(of)
            self.genres += [[next(of) for _ in range(count)] for count in counts]
        if "FOLW" in found:
            followers = numbers("I", found["FOLW"])
            check(len(followers) == rows, "more or fewer followers than rows")
            self.followers += [None if count == 2**32 - 1 else count for count in followers]

    def read_pictures(self, found, rows):
        if "PICT" in found:
            links = text(found["PICT"], rows)
            sound = all(not x or x.startswith("https://") and len(x.encode()) <= 2048 for x in links)
            check(sound, "a link that may not be followed")
            self.links += links
        if "THUM" in found:
            ends = [0] + numbers("I", found["THMO"])
            covers = ends == sorted(ends) and ends[-1] == len(found["THUM"])
            check(covers and len(ends) == rows + 1, "thumbnails cut wrong")
            files = [found["THUM"][a:b] for a, b in zip(ends, ends[1:])]
            sound = all(not x or x[:3] == b"\xff\xd8\xff" and len(x) <= 65536 for x in files)
            check(sound, "a thumbnail that is no JPEG, or too large")
            self.thumbnails += files

    def read_together(self, found, rows):
        inner = coded_bytes(found["TOGE"], MOST_BYTES)
        for _ in range(rows):
            shared, last = [], None
            for _ in range(inner.number()):
                other, fall = inner.number(), inner.number()
                last = fall if last is None else last - fall
                sound = other < self.artists and other != len(self.together) and last > 0
                check(sound, "shared playlists that cannot be")
                shared.append([other, last])
            self.together.append(shared)
        check(inner.at == len(inner.data), "more shared playlists than rows")

    # The query, bit by bit

    def columns(self, row):
        """A row's i8 codes with the axis of each."""
        for axis, (number, width) in enumerate(zip(row, self.widths)):
            for _ in range(width):
                code = max(-127, min(127, number))
                yield axis, code
                number -= code

    def inverse_length(self, row):
        squares = 0.0
        for step, number in zip(self.steps, row):
            x = f32(step * number)
            squares = f32(squares + f32(x * x))
        return f32(1 / f32(math.sqrt(squares))) if squares > 0 else 0.0

    def query(self, terms, limit):
        """The artists nearest to a weighted sum of artists, as (artist, score)."""
        direction = [0.0] * len(self.steps)
        for artist, weight in terms:
            factor = f32(weight * self.inverse_length(self.rows[artist]))
            for axis, code in self.columns(self.rows[artist]):
                direction[axis] = f32(direction[axis] + f32(factor * f32(self.steps[axis] * code)))
        squares = 0.0
        for x in direction:
            squares = f32(squares + f32(x * x))
        length = f32(math.sqrt(squares))
        if not length > 0.001 * max(abs(weight) for _, weight in terms):
            raise ValueError("what is added and what is subtracted cancel out")
        y = [f32(x * step) for x, step in zip(direction, self.steps)]
        most = min(32767, (2**31 - 1) // (127 * sum(self.widths)))
        step = f32(max(abs(x) for x in y) / f32(most))
        codes = []
        for axis, width in enumerate(self.widths):
            x = f32(y[axis] / step)
            codes += [int(math.copysign(math.floor(abs(x) + 0.5), x))] * width
        scale = f32(step / length)
        asked, answers = {artist for artist, _ in terms}, []
        for artist, row in enumerate(self.rows):
            if artist not in asked:
                total = sum(q * code for q, (_, code) in zip(codes, self.columns(row)))
                answers.append((artist, f32(f32(total) * f32(self.inverse_length(row) * scale)) + 0.0))
        answers.sort(key=lambda answer: (-answer[1], answer[0]))
        return answers[:limit]


def dump(pack):
    """Everything that a reader sees, one JSON line an artist and a word; scores by their bits."""
    bits = lambda x: struct.unpack("<I", struct.pack("<f", x))[0]
    pick = lambda column, i, default: column[i] if column else default
    for i, name in enumerate(pack.names):
        thumbnail = hashlib.sha256(pick(pack.thumbnails, i, b"")).hexdigest()[:8]
        print(json.dumps({
            "name": name, "id": pick(pack.ids, i, ""), "mentions": pack.mentions[i],
            "position": [bits(x) for x in pack.positions[3 * i : 3 * i + 3]],
            "genres": pick(pack.genres, i, []), "followers": pick(pack.followers, i, None),
            "picture": pick(pack.links, i, ""), "thumbnail": thumbnail, "together": pick(pack.together, i, [])[:1],
            "nearest": [[artist, bits(score)] for artist, score in pack.query([(i, 1.0)], 3)],
        }, ensure_ascii=False))
    for word, titles in zip(pack.words, pack.word_titles):
        print(json.dumps({"word": word, "titles": titles}, ensure_ascii=False))
    for credit in pack.credits:
        print(json.dumps({"credit": credit}, ensure_ascii=False))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pack = Pack(sys.argv[1])
    if sys.argv[2] == "--dump":
        return dump(pack)
    wanted = sys.argv[2].casefold()
    artist = next((i for i, name in enumerate(pack.names) if name.casefold() == wanted), None)
    if artist is None:
        sys.exit(f"{pack.title} has nobody called {sys.argv[2]!r}")
    for other, score in pack.query([(artist, 1.0)], 10):
        print(f"{score:.3f}  {pack.names[other]}")


if __name__ == "__main__":
    try:
        main()
    except (Damaged, OSError, ValueError, KeyError, IndexError, RecursionError, struct.error) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
