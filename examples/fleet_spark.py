"""Judges a fleet's profiles on Apache Spark: a map to rows, which `sdiff fleet --from-rows` reduces.

    spark-submit examples/fleet_spark.py PROFILES OUTPUT [CALL...]

PROFILES is a folder that every worker sees at the same path (a shared file system). OUTPUT becomes a folder of
`part-*` files; `sdiff fleet --from-rows OUTPUT/part-*` is the report, the same bytes as that of one machine.
The program is found as `sdiff`, or as SDIFF says.
"""

import os
import subprocess
import sys

from pyspark.sql import SparkSession

# Files a run of the program: starting it costs as much as judging a profile or two.
BATCH = 500


def main():
    folder, output, calls = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    root = os.path.dirname(folder)
    sdiff = os.environ.get("SDIFF", "sdiff")
    questions = [part for call in calls for part in ("--call", call)]

    def judge(paths):
        """Runs the program on the files of a partition: names in, rows out."""
        paths = list(paths)
        for start in range(0, len(paths), BATCH):
            names = "".join(path + "\0" for path in paths[start : start + BATCH])
            command = [sdiff, "fleet", "--rows", "--root", root, *questions]
            command += ["--files-from", "-"]
            done = subprocess.run(command, input=names.encode(errors="surrogateescape"), capture_output=True)
            # 2: some bytes could not be had, which the rows say. Without rows it is the program's trouble.
            if done.returncode not in (0, 2) or not done.stdout:
                raise RuntimeError(done.stderr.decode(errors="replace"))
            yield from done.stdout.decode().splitlines()

    spark = SparkSession.builder.appName("sdiff fleet").getOrCreate()
    files = [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
    parts = max(1, min(len(files) // BATCH, 10_000))
    rows = spark.sparkContext.parallelize(sorted(files), parts).mapPartitions(judge)
    rows.saveAsTextFile(output)
    spark.stop()


if __name__ == "__main__":
    main()
