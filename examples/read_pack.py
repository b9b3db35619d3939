"""Reads an artist2vec pack with nothing but Python's standard library, written from docs/FORMAT.md.

    python3 examples/read_pack.py data/demo "Björk"        the artists nearest to one artist
    python3 examples/read_pack.py data/demo --dump         everything, as JSON lines (what the test compares)

Plain and slow on purpose: it is here to be read.
"""

import hashlib
import json
import math
import struct
import sys
import zlib
from pathlib import Path

MAGIC = b"\x89A2V\r\n\x1a\n"
SCALE = 4096
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
                return value

    def column(self, count):
        if count == 0:
            return []
        lowest = self.number()
        lowest = lowest // 2 if lowest % 2 == 0 else -(lowest + 1) // 2
        frequencies = [self.number() for _ in range(self.number())]
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


def text(data):
    """The strings of a coded text."""
    reader = Reader(data)
    count = reader.number()
    columns = [iter(reader.column(reader.number())) for _ in range(256)]
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


class Pack:
    def __init__(self, folder):
        folder = Path(folder)
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        check(manifest["version"] == 1, f"manifest version {manifest['version']}")
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
            check(len(file) == part["bytes"] and hashlib.sha256(file).hexdigest() == part["sha256"], f"{part['file']} altered")
            found = sections(file)
            place = [ROLES[part["role"]], part["first"], part["rows"]]
            check(numbers("I", found["PART"]) == place, f"{part['file']} is another part")
            getattr(self, "read_" + part["role"])(found, part["rows"])

    def read_names(self, found, rows):
        self.names += text(found["NAME"])
        outer = Reader(found["MENT"])
        inner = Reader(bytes(outer.column(outer.number())))
        last = None
        for _ in range(rows):
            fall = inner.number()
            last = fall if last is None else last - fall
            self.mentions.append(last)

    def read_map(self, found, rows):
        step = f32(numbers("f", found["RADI"])[0] / 32767)
        self.positions += [f32(x * step) for x in numbers("h", found["POSN"])]

    def read_vectors(self, found, rows):
        self.steps, self.widths = numbers("f", found["STEP"]), list(found["WIDE"])
        self.weights = numbers("f", found.get("WGTS", b""))
        self.rows += self.codes(found, rows)
        self.norms += self.bytes(found.get("NORM"))
        self.biases += self.bytes(found.get("BIAS"))

    def codes(self, found, rows):
        reader = Reader(found["CODE"])
        columns = [reader.column(rows) for _ in self.steps]
        check(reader.at == len(found["CODE"]), "more codes than rows")
        for column, width in zip(columns, self.widths):
            check(all(abs(x) <= 127 * width for x in column), "a code beyond its axis")
        return list(zip(*columns))

    @staticmethod
    def bytes(data):
        if data is None:
            return []
        lowest, step = struct.unpack_from("<ff", data)
        return [f32(lowest + f32(byte * step)) for byte in data[8:]]

    def read_ids(self, found, rows):
        self.ids += text(found["IDS "])

    def read_words(self, found, rows):
        self.words, self.word_titles = text(found["WORD"]), numbers("I", found["WTIT"])
        self.word_rows = self.codes(found, rows)

    def read_about(self, found, rows):
        self.credits = text(found["CRED"])  # META is for people who have bincode

    def read_facts(self, found, rows):
        if "GENR" in found:
            genres, counts = text(found["GENR"]), Reader(found["GENC"]).column(rows)
            of = iter(numbers("H", found["AGEN"]))
            self.genres += [[genres[next(of)] for _ in range(count)] for count in counts]
        if "FOLW" in found:
            self.followers += [None if count == 2**32 - 1 else count for count in numbers("I", found["FOLW"])]

    def read_pictures(self, found, rows):
        if "PICT" in found:
            self.links += text(found["PICT"])
        if "THUM" in found:
            ends = [0] + numbers("I", found["THMO"])
            self.thumbnails += [found["THUM"][a:b] for a, b in zip(ends, ends[1:])]

    def read_together(self, found, rows):
        outer = Reader(found["TOGE"])
        inner = Reader(bytes(outer.column(outer.number())))
        for _ in range(rows):
            shared, last = [], None
            for _ in range(inner.number()):
                other, fall = inner.number(), inner.number()
                last = fall if last is None else last - fall
                shared.append([other, last])
            self.together.append(shared)

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
    try:
        pack = Pack(sys.argv[1])
    except (Damaged, OSError, ValueError, KeyError, IndexError, struct.error) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    if sys.argv[2] == "--dump":
        return dump(pack)
    wanted = sys.argv[2].casefold()
    artist = next((i for i, name in enumerate(pack.names) if name.casefold() == wanted), None)
    if artist is None:
        sys.exit(f"{pack.title} has nobody called {sys.argv[2]!r}")
    for other, score in pack.query([(artist, 1.0)], 10):
        print(f"{score:.3f}  {pack.names[other]}")


if __name__ == "__main__":
    main()
