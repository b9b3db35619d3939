"""Writes parquet/*: playlists by pyarrow and by Spark, and a Word2Vec model that Spark trained and saved.

tests/parquet.rs reads them. Made with pyspark 4.3.0 (Java 17) and pyarrow 26.0.1:
    python tests/oracles/parquet_files.py
"""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyspark
from pyspark.ml.feature import Word2Vec
from pyspark.ml.functions import vector_to_array
from pyspark.sql import SparkSession

OUT = Path(__file__).parent / "parquet"
shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir()

playlists = [
    ["Drake", "Miles Davis", "Drake"],
    [],
    None,
    ["Björk", None, "宇多田ヒカル"],
    ["AC/DC"],
]
titles = ["one", "empty", "null", None, "täglich"]
names = pa.array(playlists, pa.list_(pa.string()))
table = pa.table({"title": pa.array(titles, pa.string()), "artists": names, "followers": pa.array(range(5))})
for compression in ["snappy", "gzip", "zstd", "none"]:
    version = "2.0" if compression == "zstd" else "1.0"
    pq.write_table(table, OUT / f"{compression}.parquet", compression=compression, data_page_version=version)
# The only list of strings, of another kind and under another name; small row groups.
large = pa.table({"tracks": pa.array(playlists * 4, pa.large_list(pa.large_string()))})
pq.write_table(large, OUT / "large.parquet", row_group_size=3, use_dictionary=False)
# Nothing to choose from, or too much.
pq.write_table(pa.table({"artists": pa.array(["Drake"])}), OUT / "no_list.parquet")
pq.write_table(pa.table({"a": names, "b": names}), OUT / "two_lists.parquet")
# Vectors in other shapes: f64, ragged, null.
word = pa.array(["a", "b"])
for name, vectors, kind in [
    ("double", [[1.0, 2.0], [3.0, 4.5]], pa.float64()),
    ("ragged", [[1.0, 2.0], [3.0]], pa.float32()),
    ("null", [[1.0, None], [3.0, 4.0]], pa.float32()),
    ("nan", [[1.0, 2.0], [3.0, float("nan")]], pa.float32()),
]:
    pq.write_table(pa.table({"word": word, "vector": pa.array(vectors, pa.list_(kind))}), OUT / f"vectors_{name}.parquet")

spark = SparkSession.builder.master("local[1]").appName("oracle").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
words = [["Drake", "Miles_Davis"], ["Miles_Davis", "Björk", "Drake"], ["Björk", "Prince%%2"]]
rows = spark.createDataFrame([(row,) for row in words * 5], "words array<string>")
rows.coalesce(1).write.parquet(str(OUT / "spark_playlists"))
model = Word2Vec(inputCol="words", vectorSize=4, minCount=1, maxIter=2, seed=1).fit(rows)
model.save(str(OUT / "spark_model"))
vectors = model.getVectors()
expected = {row["word"]: row["vector"] for row in vectors.select("word", vector_to_array("vector").alias("vector")).collect()}
(OUT / "spark_model.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf8")
# Spark's own vector type is a struct.
vectors.coalesce(1).write.parquet(str(OUT / "spark_udt"))
spark.stop()
for rubbish in [*OUT.rglob("*.crc")]:
    rubbish.unlink()
print(f"pyspark {pyspark.__version__}, pyarrow {pa.__version__}")
