package io.uvit.tests.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.ImageFiles;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.data.Batch;
import io.uvit.runner.data.BatchOptions;
import io.uvit.runner.data.BatchSource;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** CIFAR-10 and ImageNet samples as zips of JPEGs. */
class RealArchivesTest {

  private static Data.Builder archive(String path, Labels labels) {
    return Data.newBuilder()
        .setImageFiles(
            ImageFiles.newBuilder()
                .setPath(Shared.file("data/" + path).toString())
                .setLabels(labels));
  }

  private static Model.Builder model(int side) {
    return Model.newBuilder().setImageHeight(side).setImageWidth(side).setChannels(3);
  }

  @Test
  void cifar10InClassFolders() throws Exception {
    Data data =
        archive("cifar10/cifar10-train.zip", Labels.CLASS_FOLDERS).setRandomFlip(true).build();
    ClassConditional classes =
        ClassConditional.newBuilder().setNumClasses(11).setNullClass(10).build();
    try (Dataset cifar = Datasets.open(data, model(32).setClassConditional(classes).build());
        BatchSource batches = BatchSource.start(cifar, BatchOptions.of(data, 1234, 128, 0))) {
      assertEquals(50_000, cifar.size());
      assertEquals(
          List.of(
              "airplane",
              "automobile",
              "bird",
              "cat",
              "deer",
              "dog",
              "frog",
              "horse",
              "ship",
              "truck"),
          cifar.classNames());
      assertEquals(0, cifar.label(0));
      assertEquals(0, cifar.label(4_999));
      assertEquals(1, cifar.label(5_000));
      assertEquals(9, cifar.label(49_999));
      assertTrue(
          cifar.describe(0).endsWith("cifar10-train.zip!/train/airplane/0000.jpg")
              || cifar.describe(0).endsWith("cifar10-train.zip!/train/airplane/0001.jpg"),
          cifar.describe(0));
      int[] counts = new int[10];
      double[] sums = new double[3];
      int steps = 40;
      for (int step = 0; step < steps; step++) {
        Batch batch = batches.next();
        for (int label : batch.labels()) {
          counts[label]++;
        }
        ByteBuffer images = batch.images();
        assertEquals(128 * 32 * 32 * 3, images.remaining());
        for (int i = 0; images.hasRemaining(); i++) {
          sums[i % 3] += images.get() & 0xFF;
        }
      }
      for (int count : counts) {
        assertEquals(512, count, 100);
      }
      // Channel means of CIFAR-10, well known: 0.4914, 0.4822, 0.4465.
      double pixels = 255.0 * steps * 128 * 32 * 32;
      assertEquals(0.4914, sums[0] / pixels, 0.01);
      assertEquals(0.4822, sums[1] / pixels, 0.01);
      assertEquals(0.4465, sums[2] / pixels, 0.01);
    }
  }

  @Test
  void imageNetByFileNamePrefix() throws Exception {
    Data data =
        archive("imagenet1k-one-each/imagenet-256.zip", Labels.FILE_NAME_PREFIX)
            .setPreprocess(Preprocess.ADM_CENTER_CROP)
            .build();
    try (Dataset images = Datasets.open(data, model(64).build())) {
      assertEquals(1000, images.size());
      assertEquals(1000, images.numClasses());
      assertEquals("n01440764", images.classNames().get(0));
      byte[] image = new byte[64 * 64 * 3];
      for (int i = 0; i < 1000; i++) {
        assertEquals(i, images.label(i));
      }
      for (int i = 0; i < 1000; i += 100) {
        assertTrue(images.read(i, image));
      }
      assertFalse(images.digest().isEmpty());
    }
  }
}
