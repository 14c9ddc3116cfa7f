package io.uvit.tests.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.graph.autoencoder.TinyAutoencoder;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageConversion;
import io.uvit.runner.image.ImageDecoder;
import io.uvit.runner.image.ImageGrid;
import io.uvit.runner.image.Png;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.tests.golden.Fixtures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  /** Photographs of the picture. */
  private static final int SHOWN = 8;

  @Test
  void reconstructsPhotographs() throws Exception {
    Path data = Fixtures.shared().resolve("data");
    Path folder = data.resolve("taef2");
    TinyAutoencoder autoencoder =
        new TinyAutoencoder(new ParameterList().scope("autoencoder"), 32, true);
    List<ByteImage> originals = new ArrayList<>();
    List<ByteImage> reconstructions = new ArrayList<>();
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
        float[] back = reconstructed(codec, image.samples());
        double psnr = psnr(image.samples(), back);
        if (count < SHOWN) {
          originals.add(image);
          reconstructions.addAll(ImageConversion.toImages(back, image.shape()));
        }
        System.out.printf("%s: %.2f dB%n", entries.get(i).getName(), psnr);
        sum += psnr;
        count++;
      }
    }
    originals.addAll(reconstructions);
    Files.write(Path.of("target/reconstructions.png"), Png.encode(ImageGrid.of(originals, SHOWN)));
    double mean = sum / count;
    System.out.printf("mean PSNR of %d photographs: %.2f dB%n", count, mean);
    assertTrue(mean > 28, () -> "mean PSNR " + mean);
  }

  private static float[] reconstructed(Codec codec, byte[] pixels) {
    float[] x = new float[pixels.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (pixels[i] & 0xFF) / 127.5f - 1;
    }
    Codec.Values latents = codec.encode(x, 1, SIDE, SIDE, 3);
    assertArrayEquals(new long[] {1, 32, 32, 32}, latents.shape().asArray());
    return codec.decode(latents.floats(), 1, SIDE / 8, SIDE / 8, 32).floats();
  }

  /** On pixels clamped to [-1, 1], whose range is 2. */
  private static double psnr(byte[] pixels, float[] back) {
    double error = 0;
    for (int i = 0; i < back.length; i++) {
      double difference = Math.max(-1, Math.min(1, back[i])) - ((pixels[i] & 0xFF) / 127.5f - 1);
      error += difference * difference;
    }
    return 10 * Math.log10(4 / (error / back.length));
  }
}
