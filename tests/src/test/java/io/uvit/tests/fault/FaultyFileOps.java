package io.uvit.tests.fault;

import io.uvit.savedmodels.checkpoint.FileOps;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The system's file operations, counted and recorded, of which one, or all from one on, fail.
 *
 * <p>A failing {@code write} passes half of its bytes on first, as a disk that fills up does.
 */
final class FaultyFileOps implements FileOps {
  /** What happens at the chosen operation. */
  enum Fault {
    /** This one operation fails; those after it work. */
    ONCE("Input/output error"),
    /** Everything that needs room fails from here on; reading and deleting work. */
    DISK_FULL("No space left on device"),
    /** As if the process had died: nothing works from here on. */
    DEAD("process is dead");

    private final String message;

    Fault(String message) {
      this.message = message;
    }
  }

  /** Kinds of operation. */
  enum Op {
    CREATE_DIRECTORIES,
    CREATE_DIRECTORY,
    CREATE,
    WRITE,
    CLOSE,
    OPEN,
    SIZE,
    LIST,
    SYNC,
    SYNC_DIRECTORY,
    MOVE,
    DELETE,
    SPACE;

    boolean needsRoom() {
      return switch (this) {
        case CREATE_DIRECTORIES,
            CREATE_DIRECTORY,
            CREATE,
            WRITE,
            CLOSE,
            SYNC,
            SYNC_DIRECTORY,
            MOVE ->
            true;
        case OPEN, SIZE, LIST, DELETE, SPACE -> false;
      };
    }
  }

  /** One operation that was asked for. */
  record Call(Op op, Path path) {}

  private final FileOps system = FileOps.system();
  private final Fault fault;
  private final int failAt;
  private final List<Call> calls = new ArrayList<>();
  private boolean struck;

  /**
   * Creates operations that fail.
   *
   * @param failAt index of the failing operation, from 0; -1 for none
   */
  FaultyFileOps(Fault fault, int failAt) {
    this.fault = fault;
    this.failAt = failAt;
  }

  static FaultyFileOps recording() {
    return new FaultyFileOps(Fault.ONCE, -1);
  }

  List<Call> calls() {
    return calls;
  }

  /** Says whether an operation has failed. */
  boolean struck() {
    return struck;
  }

  private void step(Op op, Path path) throws IOException {
    int index = calls.size();
    calls.add(new Call(op, path));
    boolean fails =
        switch (fault) {
          case ONCE -> index == failAt;
          case DISK_FULL -> failAt >= 0 && index >= failAt && op.needsRoom();
          case DEAD -> failAt >= 0 && index >= failAt;
        };
    if (fails) {
      struck = true;
      throw new IOException(path + ": " + fault.message);
    }
  }

  @Override
  public void createDirectories(Path folder) throws IOException {
    step(Op.CREATE_DIRECTORIES, folder);
    system.createDirectories(folder);
  }

  @Override
  public void createDirectory(Path folder) throws IOException {
    step(Op.CREATE_DIRECTORY, folder);
    system.createDirectory(folder);
  }

  @Override
  public OutputStream create(Path file) throws IOException {
    step(Op.CREATE, file);
    return new FilterOutputStream(system.create(file)) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          step(Op.WRITE, file);
        } catch (IOException e) {
          if (fault != Fault.DEAD || calls.size() == failAt + 1) {
            out.write(bytes, offset, length / 2);
          }
          throw e;
        }
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        out.close(); // the descriptor is given back even where close reports an error
        step(Op.CLOSE, file);
      }
    };
  }

  @Override
  public InputStream open(Path file) throws IOException {
    step(Op.OPEN, file);
    return system.open(file);
  }

  @Override
  public long size(Path file) throws IOException {
    step(Op.SIZE, file);
    return system.size(file);
  }

  @Override
  public boolean isRegularFile(Path file) {
    return system.isRegularFile(file);
  }

  @Override
  public boolean isDirectory(Path folder) {
    return system.isDirectory(folder);
  }

  @Override
  public List<Path> list(Path folder) throws IOException {
    step(Op.LIST, folder);
    return system.list(folder);
  }

  @Override
  public void sync(Path file) throws IOException {
    step(Op.SYNC, file);
    system.sync(file);
  }

  @Override
  public void syncDirectory(Path folder) throws IOException {
    step(Op.SYNC_DIRECTORY, folder);
    system.syncDirectory(folder);
  }

  @Override
  public void moveAtomically(Path source, Path target) throws IOException {
    step(Op.MOVE, target);
    system.moveAtomically(source, target);
  }

  @Override
  public void delete(Path path) throws IOException {
    step(Op.DELETE, path);
    system.delete(path);
  }

  @Override
  public long usableSpace(Path path) throws IOException {
    step(Op.SPACE, path);
    return system.usableSpace(path);
  }
}
