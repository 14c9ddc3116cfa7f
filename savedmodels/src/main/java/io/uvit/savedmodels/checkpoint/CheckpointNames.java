package io.uvit.savedmodels.checkpoint;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names in a checkpoints folder: {@code step-000500}, and what is on its way in or out. */
final class CheckpointNames {
  private static final Pattern STEP = Pattern.compile("step-([0-9]{6,18})");

  /** {@code step-000500.tmp-4711} is being written, {@code step-000500.old-4711} deleted. */
  private static final Pattern LEFTOVER =
      Pattern.compile("step-[0-9]{6,18}\\.(?:tmp|old)-([0-9]{1,18})");

  /** One plain file name: no separators, no leading dot, portable characters. */
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private CheckpointNames() {}

  static String ofStep(long step) {
    return "step-%06d".formatted(step);
  }

  static String temporary(long step) {
    return ofStep(step) + ".tmp-" + ProcessHandle.current().pid();
  }

  static String beingDeleted(long step) {
    return ofStep(step) + ".old-" + ProcessHandle.current().pid();
  }

  /** Returns the step of a folder named as {@link #ofStep} names it. */
  static OptionalLong step(Path folder) {
    String name = folder.getFileName().toString();
    Matcher matcher = STEP.matcher(name);
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    long step = Long.parseLong(matcher.group(1));
    return ofStep(step).equals(name) ? OptionalLong.of(step) : OptionalLong.empty();
  }

  /** Returns the process that made a temporary folder or was deleting a checkpoint. */
  static OptionalLong leftoverOf(Path folder) {
    Matcher matcher = LEFTOVER.matcher(folder.getFileName().toString());
    return matcher.matches()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }

  static boolean isPlainFileName(String name) {
    return FILE.matcher(name).matches();
  }
}
