package io.uvit.runner.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferUShort;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private final ImageDecoder decoder = new ImageDecoder(1 << 20);

  @AfterEach
  void close() {
    decoder.close();
  }

  private static int[] pixel(ByteImage image, int x, int y) {
    int[] values = new int[image.channels()];
    Arrays.setAll(values, c -> image.sample(y, x, c));
    return values;
  }

  private static byte[] rgbOf(BufferedImage image) {
    byte[] rgb = new byte[image.getWidth() * image.getHeight() * 3];
    for (int i = 0; i < rgb.length / 3; i++) {
      int value = image.getRGB(i % image.getWidth(), i / image.getWidth());
      rgb[3 * i] = (byte) (value >> 16);
      rgb[3 * i + 1] = (byte) (value >> 8);
      rgb[3 * i + 2] = (byte) value;
    }
    return rgb;
  }

  private String problem(byte[] file) {
    return assertThrows(ImageFormatException.class, () -> decoder.decode(file, 3)).getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp"})
  void losslessColourComesBack(String format) throws Exception {
    BufferedImage image = ImageFilesOfTests.gradient(19, 13, BufferedImage.TYPE_3BYTE_BGR);
    ByteImage decoded = decoder.decode(ImageFilesOfTests.encode(image, format), 3);
    assertEquals(new ImageShape(13, 19, 3), decoded.shape());
    assertArrayEquals(rgbOf(image), decoded.samples());
  }

  @Test
  void jpegEqualsTheLibrarysOwnColours() throws Exception {
    byte[] file =
        ImageFilesOfTests.encode(
            ImageFilesOfTests.gradient(45, 31, BufferedImage.TYPE_3BYTE_BGR), "jpg");
    BufferedImage wanted = ImageIO.read(new ByteArrayInputStream(file));
    assertArrayEquals(rgbOf(wanted), decoder.decode(file, 3).samples());
  }

  @Test
  void storedColourSpaceOfJpegFollowsTheMarkers() throws Exception {
    assertArrayEquals(
        new int[] {200, 100, 50},
        pixel(decoder.decode(ImageFilesOfTests.flatJpeg(16, 16, 0, 200, 100, 50), 3), 5, 5));
    // YCbCr (76, 85, 255) is red.
    assertArrayEquals(
        new int[] {254, 0, 0},
        pixel(decoder.decode(ImageFilesOfTests.flatJpeg(16, 16, 1, 76, 85, 255), 3), 5, 5));
    assertArrayEquals(
        new int[] {90, 90, 90},
        pixel(decoder.decode(ImageFilesOfTests.flatJpeg(16, 16, -1, 90), 3), 5, 5));
  }

  @Test
  void cmykIsMixedAsPillowMixesIt() throws Exception {
    // Adobe stores inverted inks: 255 is no ink. Stored (C, M, Y, K) = (204, 102, 51, 128).
    int[] mixed = {102, 51, 26};
    assertArrayEquals(
        mixed,
        pixel(decoder.decode(ImageFilesOfTests.flatJpeg(16, 16, 0, 204, 102, 51, 128), 3), 3, 3));
    // YCCK: Y, Cb, Cr of the complement (grey 55 -> stored inks 200); black 128: 128 - 55 * 128 /
    // 255 = 100.
    assertArrayEquals(
        new int[] {100, 100, 100},
        pixel(decoder.decode(ImageFilesOfTests.flatJpeg(16, 16, 2, 55, 128, 128, 128), 3), 3, 3));
  }

  @Test
  void greyIsRepeatedAndColourBecomesLuma() throws Exception {
    BufferedImage grey = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSamples(0, 0, 3, 1, 0, new int[] {0, 77, 255});
    byte[] file = ImageFilesOfTests.encode(grey, "png");
    assertArrayEquals(
        new byte[] {0, 0, 0, 77, 77, 77, -1, -1, -1}, decoder.decode(file, 3).samples());
    assertArrayEquals(new byte[] {0, 77, -1}, decoder.decode(file, 1).samples());
    BufferedImage red = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    red.setRGB(0, 0, 0xFF0000);
    assertArrayEquals(
        new byte[] {76}, decoder.decode(ImageFilesOfTests.encode(red, "png"), 1).samples());
  }

  @Test
  void alphaIsDroppedNotBlended() throws Exception {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x00C86432);
    image.setRGB(1, 0, 0x80C86432);
    ByteImage decoded = decoder.decode(ImageFilesOfTests.encode(image, "png"), 3);
    assertArrayEquals(new int[] {200, 100, 50}, pixel(decoded, 0, 0));
    assertArrayEquals(new int[] {200, 100, 50}, pixel(decoded, 1, 0));
  }

  @Test
  void palettesAreLookedUpTransparentEntriesToo() throws Exception {
    byte[] red = {10, 20, (byte) 200, 0};
    byte[] green = {11, 21, (byte) 201, 0};
    byte[] blue = {12, 22, (byte) 202, 0};
    for (String format : new String[] {"png", "gif"}) {
      IndexColorModel colors = new IndexColorModel(2, 4, red, green, blue, 2);
      BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED, colors);
      image.getRaster().setSamples(0, 0, 3, 1, 0, new int[] {0, 1, 2});
      ByteImage decoded = decoder.decode(ImageFilesOfTests.encode(image, format), 3);
      assertArrayEquals(
          new byte[] {10, 11, 12, 20, 21, 22, -56, -55, -54}, decoded.samples(), format);
    }
  }

  @Test
  void fewBitGreyIsSpreadOverTheRange() throws Exception {
    byte[] ramp = {0, 85, (byte) 170, (byte) 255};
    BufferedImage image =
        new BufferedImage(
            4, 1, BufferedImage.TYPE_BYTE_BINARY, new IndexColorModel(2, 4, ramp, ramp, ramp));
    image.getRaster().setSamples(0, 0, 4, 1, 0, new int[] {0, 1, 2, 3});
    byte[] file = ImageFilesOfTests.encode(image, "png");
    assertArrayEquals(ramp, decoder.decode(file, 1).samples());
  }

  @Test
  void sixteenBitsKeepTheirHighByte() throws Exception {
    BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    grey.getRaster().setSamples(0, 0, 2, 1, 0, new int[] {0x12FF, 0xFE00});
    assertArrayEquals(
        new byte[] {0x12, (byte) 0xFE},
        decoder.decode(ImageFilesOfTests.encode(grey, "png"), 1).samples());
    ComponentColorModel colors =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_USHORT);
    BufferedImage deep =
        new BufferedImage(colors, colors.createCompatibleWritableRaster(1, 1), false, null);
    short[] samples = ((DataBufferUShort) deep.getRaster().getDataBuffer()).getData();
    samples[0] = 0x10FF;
    samples[1] = 0x2000;
    samples[2] = (short) 0xFFFF;
    assertArrayEquals(
        new byte[] {0x10, 0x20, -1},
        decoder.decode(ImageFilesOfTests.encode(deep, "png"), 3).samples());
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "gif", "bmp"})
  void everyTruncationIsFound(String format) throws Exception {
    byte[] file =
        ImageFilesOfTests.encode(
            ImageFilesOfTests.gradient(20, 20, BufferedImage.TYPE_3BYTE_BGR), format);
    int end = format.equals("gif") ? file.length - 1 : file.length;
    for (int length = 0; length < end; length += length < 64 ? 1 : 7) {
      byte[] cut = Arrays.copyOf(file, length);
      String problem = problem(cut);
      assertTrue(
          problem.startsWith("is truncated")
              || problem.startsWith("is empty")
              || problem.startsWith("is no image"),
          length + ": " + problem);
    }
    assertEquals("is truncated", problem(Arrays.copyOf(file, file.length * 3 / 4)));
  }

  /** Any damage gives an image of the size the header says, or the one checked exception. */
  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "gif", "bmp"})
  void damageNeverEscapesAsAnotherException(String format) throws Exception {
    byte[] file =
        ImageFilesOfTests.encode(
            ImageFilesOfTests.gradient(20, 20, BufferedImage.TYPE_3BYTE_BGR), format);
    Random random = new Random(11);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = file.clone();
      for (int k = 0; k <= i % 4; k++) {
        damaged[random.nextInt(i % 2 == 0 ? file.length : Math.min(file.length, 80))] =
            (byte) random.nextInt(256);
      }
      try {
        decoder.decode(damaged, 3);
      } catch (ImageFormatException e) {
        refused++;
        assertTrue(e.getMessage() != null && !e.getMessage().isBlank());
      }
    }
    assertTrue(refused > 50, refused + " refused");
    assertEquals(20, decoder.decode(file, 3).width(), "a sound file after the damaged ones");
  }

  @Test
  void otherFilesAreNamedByTheirKind() {
    assertEquals("is empty", problem(new byte[0]));
    assertEquals(
        "is no image: wanted JPEG, PNG, GIF or BMP",
        problem("hello".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertTrue(
        problem("RIFF....WEBPVP8 ".getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .startsWith("is a WebP file"));
    assertTrue(problem(new byte[] {'I', 'I', 42, 0, 8, 0, 0, 0}).startsWith("is a TIFF file"));
  }

  @Test
  void pixelCapLooksAtTheHeaderOnly() throws Exception {
    byte[] file =
        ImageFilesOfTests.encode(new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR), "bmp");
    BufferedImage large = new BufferedImage(2000, 600, BufferedImage.TYPE_BYTE_BINARY);
    assertTrue(
        problem(ImageFilesOfTests.encode(large, "png"))
            .startsWith("has 2000x600 pixels, more than the allowed 1048576"));
    assertEquals(1, decoder.decode(file, 3).width());
    byte[] gif =
        ImageFilesOfTests.encode(new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_BINARY), "gif");
    byte[] bomb = gif.clone();
    for (int i = 0; i < gif.length - 9; i++) {
      if (i == 6 || bomb[i] == 0x2C && bomb[i + 5] == 4 && bomb[i + 7] == 4) {
        int at = i == 6 ? 6 : i + 5;
        Arrays.fill(bomb, at, at + 4, (byte) 0xFF);
      }
    }
    assertTrue(problem(bomb).startsWith("has 65535x65535 pixels"), problem(bomb));
  }

  @Test
  void jpegOfAnotherKindIsRefused() throws Exception {
    byte[] file =
        ImageFilesOfTests.encode(
            ImageFilesOfTests.gradient(8, 8, BufferedImage.TYPE_3BYTE_BGR), "jpg");
    int frame = 0;
    while (!((file[frame] & 0xFF) == 0xFF && (file[frame + 1] & 0xFF) == 0xC0)) {
      frame++;
    }
    byte[] arithmetic = file.clone();
    arithmetic[frame + 1] = (byte) 0xC9;
    assertTrue(problem(arithmetic).contains("arithmetically coded"));
    byte[] deep = file.clone();
    deep[frame + 4] = 12;
    assertEquals("is a JPEG file of 12 bits a sample, which is not supported", problem(deep));
  }
}
