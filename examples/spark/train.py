"""Trains Word2Vec on playlists with Apache Spark (docs/SCALE.md):

    spark-submit examples/spark/train.py playlists.parquet vectors.spark --partitions 8

playlists.parquet is what `artist2vec convert corpus.a2c -o playlists.parquet` wrote, or a folder of such files; vectors.spark
becomes a folder that `artist2vec convert` reads. Both may lie wherever Spark can reach them (hdfs://, s3a://, …).
"""

import argparse

from pyspark.ml.feature import Word2Vec
from pyspark.sql import SparkSession

parser = argparse.ArgumentParser()
parser.add_argument("playlists")
parser.add_argument("model")
parser.add_argument("--vector-size", type=int, default=100)
parser.add_argument("--window", type=int, default=20)
parser.add_argument("--min-count", type=int, default=5)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--partitions", type=int, default=1)
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()

spark = SparkSession.builder.appName("artist2vec").getOrCreate()
word2vec = Word2Vec(
    inputCol="words",
    vectorSize=arguments.vector_size,
    windowSize=arguments.window,
    minCount=arguments.min_count,
    maxIter=arguments.epochs,
    numPartitions=arguments.partitions,
    # A longer playlist would be cut into pieces.
    maxSentenceLength=10_000,
    seed=arguments.seed,
)
model = word2vec.fit(spark.read.parquet(arguments.playlists).select("words"))
model.write().overwrite().save(arguments.model)
print(f"{model.getVectors().count()} artists × {arguments.vector_size} dimensions in {arguments.model}")
spark.stop()
