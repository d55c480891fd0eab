// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// BenchmarkBundleOfAMonth writes and verifies a bundle of a million entries, each at once and from a zip on disk. Run it with
// -benchtime=1x; making the log comes first and takes longer than either.
func BenchmarkBundleOfAMonth(b *testing.B) {
	const month = 1_000_000
	l := newLogbook(b, month)
	_, known := gatewaytest.AuditSigner(b, "log")
	made, err := audit.NewBundle(l.heads[month], nil, nil, known, audit.Through(month), "een maand")
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "maand.zip")
	for b.Loop() {
		start := time.Now()
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := made.Write(b.Context(), f, l.rows, l.tiles); err != nil {
			b.Fatal(err)
		}
		size, _ := f.Seek(0, io.SeekCurrent)
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s-write")
		b.ReportMetric(float64(size)/1e6, "MB")
		start = time.Now()
		z, err := zip.OpenReader(path)
		if err != nil {
			b.Fatal(err)
		}
		r, err := proof.VerifyBundle(b.Context(), z, proof.Options{Verifiers: known})
		if err != nil || !r.OK() || r.Entries != month {
			b.Fatal(r, err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s-verify")
		_ = z.Close()
	}
}
