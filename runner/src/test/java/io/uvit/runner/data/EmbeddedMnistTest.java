package io.uvit.runner.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.EmbeddedMnist;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.image.ImageShape;
import org.junit.jupiter.api.Test;

class EmbeddedMnistTest {
  private static final Data DATA =
      Data.newBuilder().setEmbeddedMnist(EmbeddedMnist.getDefaultInstance()).build();

  private static Model.Builder model(int side, int channels) {
    return Model.newBuilder().setImageHeight(side).setImageWidth(side).setChannels(channels);
  }

  @Test
  void tenThousandDigits() throws Exception {
    try (Dataset digits = Datasets.open(DATA, model(28, 1).build())) {
      assertEquals(10_000, digits.size());
      assertEquals(10, digits.numClasses());
      assertEquals(new ImageShape(28, 28, 1), digits.shape());
      // The first test digits of MNIST are 7 2 1 0 4 1 4 9 5 9.
      int[] first = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
      int[] counts = new int[10];
      for (int i = 0; i < digits.size(); i++) {
        counts[digits.label(i)]++;
        assertTrue(i >= first.length || digits.label(i) == first[i]);
      }
      assertEquals(980, counts[0]);
      assertEquals(1135, counts[1]);
      assertEquals(1009, counts[9]);
      byte[] image = new byte[28 * 28];
      long sum = 0;
      for (int i = 0; i < digits.size(); i++) {
        assertTrue(digits.read(i, image));
        for (byte b : image) {
          sum += b & 0xFF;
        }
      }
      assertEquals(0.1325, sum / (255.0 * 10_000 * 784), 1e-4, "the known mean of the test images");
      assertEquals(64, digits.digest().length());
    }
  }

  @Test
  void growsAndGetsColourWhenAsked() throws Exception {
    Data resized = DATA.toBuilder().setPreprocess(Preprocess.LANCZOS_CENTER_CROP).build();
    try (Dataset digits = Datasets.open(resized, model(32, 3).build())) {
      byte[] image = new byte[32 * 32 * 3];
      assertTrue(digits.read(0, image));
      for (int i = 0; i < image.length; i += 3) {
        assertEquals(image[i], image[i + 1]);
        assertEquals(image[i], image[i + 2]);
      }
    }
  }

  @Test
  void refusesWhatDoesNotFitTheModel() {
    DataException size =
        assertThrows(DataException.class, () -> Datasets.open(DATA, model(32, 1).build()));
    assertTrue(size.getMessage().contains("found images of 28x28"), size.getMessage());
    Model nine =
        model(28, 1)
            .setClassConditional(ClassConditional.newBuilder().setNumClasses(10).setNullClass(9))
            .build();
    DataException classes = assertThrows(DataException.class, () -> Datasets.open(DATA, nine));
    assertTrue(classes.getMessage().contains("found 10 classes"), classes.getMessage());
    assertThrows(DataException.class, () -> Datasets.open(DATA, model(28, 4).build()));
  }

  @Test
  void attributionTravelsWithTheDigits() {
    assertNotNull(Dataset.class.getResource("ATTRIBUTION.md"));
  }
}
