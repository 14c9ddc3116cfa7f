package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.runner.features.FeatureManifest;
import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.features.FeatureStoreWriter;
import io.uvit.runner.features.Posterior;
import io.uvit.runner.features.ShardWriter;
import io.uvit.tests.cli.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three lines of numpy in {@code docs/features.md} read a shard of a store. */
class FeaturesDocumentTest {
  private static final String PRINT =
      """

      print(moments.shape, moments.dtype.str, labels.dtype.str, labels.tolist())
      print(moments[2, 1, 0, 3], moments.reshape(-1).tolist() == [i / 4 for i in range(72)])
      """;

  @TempDir Path folder;

  @Test
  void threeLinesOfNumpyReadAShard() throws Exception {
    FeatureShape shape = new FeatureShape(2, 3, 4, Posterior.GAUSSIAN);
    FeatureManifest manifest =
        new FeatureManifest(3, shape, 3, false, List.of("a", "b"), "none", "images", "w", "text");
    FeatureStoreWriter store = FeatureStoreWriter.open(folder.resolve("store"), manifest);
    float[] moments = new float[3 * shape.values()];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = i / 4f;
    }
    try (ShardWriter shard = store.begin(0)) {
      for (int i = 0; i < 3; i++) {
        shard.add(moments, i * shape.values(), i % 2);
      }
      assertTrue(shard.commit());
    }
    String document = Files.readString(Cli.root().resolve("docs/features.md"));
    int start = document.indexOf("```python\n") + "```python\n".length();
    String program = document.substring(start, document.indexOf("```", start));
    assertEquals(3, program.lines().count(), program);
    assertEquals(
        "(3, 2, 3, 4) <f4 <i4 [0, 1, 0]\n" + (48 + 12 + 3) / 4.0 + " True\n",
        Python.run(folder, program + PRINT));
  }
}
