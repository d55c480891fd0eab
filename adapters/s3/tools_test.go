// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"encoding/pem"
	"errors"
	"io"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit"
)

func pemOf(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func files(path, data string) []audit.File { return []audit.File{{Path: path, Data: []byte(data)}} }

func readSpooled(t *testing.T, b *bench, name string) ([]byte, error) {
	t.Helper()
	f, err := b.spool.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}
