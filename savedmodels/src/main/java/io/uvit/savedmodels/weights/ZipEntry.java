package io.uvit.savedmodels.weights;

/**
 * An entry of a zip archive.
 *
 * @param name the name, never used as a path
 * @param deflated whether the data is deflated; stored otherwise
 * @param crc CRC-32 of the unpacked data
 * @param offset where the data begins in the file
 * @param packedSize bytes in the file
 * @param size bytes unpacked
 */
record ZipEntry(String name, boolean deflated, int crc, long offset, long packedSize, long size) {}
