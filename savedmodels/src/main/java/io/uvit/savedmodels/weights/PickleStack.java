package io.uvit.savedmodels.weights;

import java.util.ArrayList;
import java.util.List;

/** The operand stack of a pickle. Misuse throws {@link IllegalArgumentException}. */
final class PickleStack {
  private final List<Object> items = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();

  void push(Object value) {
    items.add(value);
  }

  void mark() {
    marks.add(items.size());
  }

  Object peek() {
    requireItems(1);
    return items.get(items.size() - 1);
  }

  Object pop() {
    requireItems(1);
    return items.remove(items.size() - 1);
  }

  /** The topmost items, lowest first. */
  List<Object> pop(int count) {
    requireItems(count);
    return cut(items.size() - count);
  }

  /** The items above the topmost mark, lowest first, and drops the mark. */
  List<Object> popMark() {
    if (marks.isEmpty()) {
      throw new IllegalArgumentException("no mark on the stack");
    }
    return cut(marks.remove(marks.size() - 1));
  }

  /** Drops the topmost item, or the topmost mark if nothing is above it. */
  void discard() {
    if (!marks.isEmpty() && marks.get(marks.size() - 1) == items.size()) {
      marks.remove(marks.size() - 1);
    } else {
      pop();
    }
  }

  /** The one value left at the end. */
  Object result() {
    if (items.size() != 1 || !marks.isEmpty()) {
      throw new IllegalArgumentException(
          items.size() + " values and " + marks.size() + " marks at the end");
    }
    return items.get(0);
  }

  private List<Object> cut(int from) {
    List<Object> tail = items.subList(from, items.size());
    List<Object> copy = new ArrayList<>(tail);
    tail.clear();
    return copy;
  }

  private void requireItems(int count) {
    int floor = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    if (items.size() - floor < count) {
      throw new IllegalArgumentException("too few values on the stack");
    }
  }
}
