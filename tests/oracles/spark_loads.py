"""Loads v.spark and playlists.parquet of a folder with Spark and checks them against v.npy and what they were made of.

Run by tests/parquet.rs on files that `artist2vec convert` wrote. Seen to pass with pyspark 4.3.0 on Java 17.
"""

import struct
import sys
from pathlib import Path

from pyspark.ml.feature import Word2Vec, Word2VecModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import SparkSession

folder = Path(sys.argv[1])
spark = SparkSession.builder.master("local[1]").appName("spark_loads").getOrCreate()
model = Word2VecModel.load(str(folder / "v.spark"))
names = [name.replace(" ", "_") for name in (folder / "v.names.tsv").read_text(encoding="utf8").splitlines()]
data = (folder / "v.npy").read_bytes()[128:]
rows = [list(row) for row in zip(*[iter(struct.unpack(f"<{len(data) // 4}f", data))] * 4)]
found = {
    row["word"]: row["vector"]
    for row in model.getVectors().select("word", vector_to_array("vector").alias("vector")).collect()
}
assert found == {**dict(zip(names, rows)), "title:gym": [1.0] * 4}, found
assert model.getVectorSize() == 4 and model.findSynonyms("Drake", 2).count() == 2

playlists = spark.read.parquet(str(folder / "playlists.parquet"))
assert playlists.dtypes == [("words", "array<string>"), ("title", "string")], playlists.dtypes
assert [(row["words"], row["title"]) for row in playlists.collect()] == [
    (["Drake", "Miles_Davis", "Drake"], "one"),
    (["Björk", "宇多田ヒカル"], ""),
    (["AC/DC"], "täglich"),
]
trained = Word2Vec(inputCol="words", vectorSize=3, minCount=1, seed=1).fit(playlists)
assert trained.getVectors().count() == 5
spark.stop()
