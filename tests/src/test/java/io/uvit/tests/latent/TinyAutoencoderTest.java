package io.uvit.tests.latent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.graph.autoencoder.TinyAutoencoder;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageDecoder;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.tests.golden.Fixtures;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/**
 * Real photographs through a real tiny autoencoder: it is a good one, so that a low figure means a
 * wrong graph.
 */
class TinyAutoencoderTest {
  private static final int SIDE = 256;

  /** Every n-th photograph of the 1,000. */
  private static final int EVERY = 50;

  @Test
  void reconstructsPhotographs() throws Exception {
    Path data = Fixtures.shared().resolve("data");
    Path folder = data.resolve("taef2");
    TinyAutoencoder autoencoder =
        new TinyAutoencoder(new ParameterList().scope("autoencoder"), 32, true);
    double sum = 0;
    int count = 0;
    try (TensorFile encoder =
            TensorFiles.open(folder.resolve("taef2_encoder.pth")).within("encoder.");
        TensorFile decoder =
            TensorFiles.open(folder.resolve("taef2_decoder.pth")).within("decoder.");
        Codec codec = new Codec(autoencoder, encoder.and(decoder));
        ZipFile zip = new ZipFile(data.resolve("imagenet1k-one-each/imagenet-256.zip").toFile());
        ImageDecoder images = new ImageDecoder(1 << 20)) {
      List<? extends ZipEntry> entries =
          zip.stream()
              .filter(e -> !e.isDirectory())
              .sorted(Comparator.comparing(ZipEntry::getName))
              .toList();
      assertEquals(1000, entries.size());
      for (int i = 0; i < entries.size(); i += EVERY) {
        ByteImage image = images.decode(zip.getInputStream(entries.get(i)).readAllBytes(), 3);
        double psnr = psnr(codec, image.samples());
        System.out.printf("%s: %.2f dB%n", entries.get(i).getName(), psnr);
        sum += psnr;
        count++;
      }
    }
    double mean = sum / count;
    System.out.printf("mean PSNR of %d photographs: %.2f dB%n", count, mean);
    assertTrue(mean > 28, () -> "mean PSNR " + mean);
  }

  private static double psnr(Codec codec, byte[] pixels) {
    float[] x = new float[pixels.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (pixels[i] & 0xFF) / 127.5f - 1;
    }
    Codec.Values latents = codec.encode(x, 1, SIDE, SIDE, 3);
    assertEquals(
        List.of(1L, 32L, 32L, 32L),
        java.util.Arrays.stream(latents.shape().asArray()).boxed().toList());
    float[] back = codec.decode(latents.floats(), 1, SIDE / 8, SIDE / 8, 32).floats();
    double error = 0;
    for (int i = 0; i < x.length; i++) {
      double clamped = Math.max(-1, Math.min(1, back[i]));
      error += (clamped - x[i]) * (clamped - x[i]);
    }
    return 10 * Math.log10(4 / (error / x.length));
  }
}
