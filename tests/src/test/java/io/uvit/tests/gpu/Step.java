package io.uvit.tests.gpu;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process that measures one thing and prints one JSON line.
 *
 * @param name of its files, and what {@code --only} looks at
 * @param stage it belongs to
 * @param command of the process
 * @param environment what it finds beside this process's
 * @param limitSeconds it is ended after
 * @param insteadOf a step that makes this one unnecessary where it succeeds
 */
record Step(
    String name,
    Stage stage,
    List<String> command,
    Map<String, String> environment,
    int limitSeconds,
    Optional<String> insteadOf) {}
