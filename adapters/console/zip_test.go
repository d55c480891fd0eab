// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"runtime"
	"testing"
)

// TestZipThatLies: a file that says it is small and unpacks to much is cut off
// where it lies, and not read whole.
func TestZipThatLies(t *testing.T) {
	var packed, all bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte{' '}, 16<<20)
	if _, err := z.Write(text); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	out := zip.NewWriter(&all)
	w, err := out.CreateRaw(&zip.FileHeader{Name: "landelijk.yaml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(text),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: 100})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(packed.Bytes()); err != nil || out.Close() != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := readZip(all.Bytes()); err == nil {
		t.Error("it was taken")
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes were set aside for %d", n, all.Len())
	}
}
