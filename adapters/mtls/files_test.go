// SPDX-License-Identifier: EUPL-1.2

package mtls_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
)

func TestFilesAreReadAgain(t *testing.T) {
	root := mtlstest.NewRoot(t, noon)
	client := root.Client(t, mtlstest.Leaf{Serials: []string{energy}})
	der := root.List(t, noon.Add(-time.Hour), noon.Add(time.Hour)).Raw
	armoured := pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: root.List(t, noon.Add(-time.Hour), noon.Add(time.Hour), client).Raw})
	path := filepath.Join(t.TempDir(), "lijst.crl")
	lists := mtls.Files(path)
	put := func(data []byte, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := lists(); err == nil || strings.Contains(err.Error(), path) {
		t.Fatalf("missing file: %v", err)
	}
	put(der, noon)
	got, err := lists()
	if err != nil || len(got) != 1 || len(got[0].RevokedCertificateEntries) != 0 {
		t.Fatalf("%d lists, %v", len(got), err)
	}
	put(append(armoured, armoured...), noon.Add(time.Second))
	got, err = lists()
	if err != nil || len(got) != 2 || len(got[1].RevokedCertificateEntries) != 1 {
		t.Fatalf("%d lists after the change, %v", len(got), err)
	}
	for name, bad := range map[string][]byte{"empty": {}, "cut": der[:len(der)-3], "other PEM": []byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
		"cut PEM": armoured[:len(armoured)-30]} {
		put(bad, time.Now())
		if _, err := lists(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
