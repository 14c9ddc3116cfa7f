package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A numpy {@code .npz} file: a zip archive of {@code .npy} files, stored ({@code np.savez}) or
 * deflated ({@code np.savez_compressed}), named without that suffix. Stored arrays are mapped,
 * deflated ones inflated as they are read. Every array must be readable: an archive that holds an
 * array of Python objects, records or text, or anything else, is refused when it is opened.
 */
public final class NpzFile extends AbstractTensorFile {
  private static final String SUFFIX = ".npy";

  private record Member(ZipEntry zip, NpyHeader header) {}

  private final Map<String, Member> members;
  private final ZipData data;

  private NpzFile(
      MappedSource source,
      ZipData data,
      Map<String, TensorEntry> entries,
      Map<String, Member> members) {
    super(source, entries);
    this.data = data;
    this.members = members;
  }

  /**
   * Opens an archive and checks its directory and the header of every array.
   *
   * @throws WeightFileException if it cannot be read or holds anything but arrays of numbers
   */
  public static NpzFile open(Path path) {
    MappedSource source = MappedSource.open(path);
    try {
      return open(source, ZipEntries.read(source));
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  static NpzFile open(MappedSource source, Map<String, ZipEntry> zip) {
    ZipData data = new ZipData(source, false);
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    Map<String, Member> members = new LinkedHashMap<>();
    for (ZipEntry packed : zip.values()) {
      String subject = "array '" + packed.name() + "'";
      if (!packed.name().endsWith(SUFFIX)) {
        throw source.wrong(subject, "an entry of another kind", "names that end in " + SUFFIX);
      }
      String name = packed.name().substring(0, packed.name().length() - SUFFIX.length());
      ByteBuffer head = data.head(packed, NpyHeader.MAX_LENGTH);
      NpyHeader header = NpyHeader.parse(head, source, subject);
      entries.put(name, NpyArray.entry(name, header, packed.size(), source, subject));
      members.put(name, new Member(packed, header));
    }
    return new NpzFile(source, data, entries, members);
  }

  @Override
  TensorData data(TensorEntry entry) {
    Member member = members.get(entry.name());
    return new NpyArray(entry, member.header(), data.from(member.zip(), member.header().length()));
  }
}
