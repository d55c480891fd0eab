// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// sidecar is FILE.aanlevering: which content has which ids, so that the same
// file sent again is the same batch, after a crash as well. The digest stays
// beside the file that it is of. A dry run has an id of its own.
type sidecar struct {
	Digest string          `json:"sha256"`
	ID     gateway.BatchID `json:"aanleveringId"`
	Check  gateway.BatchID `json:"controleId"`
}

// batchID finds or makes the id of a file, and has it on disk before it is
// used. A file with other content gets other ids.
func (a *app) batchID(path string, check bool) (gateway.BatchID, error) {
	digest, err := digestOf(path)
	if err != nil {
		return "", err
	}
	var s sidecar
	data, err := os.ReadFile(path + ".aanlevering")
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return "", err
	case json.Unmarshal(data, &s) != nil:
		return "", fmt.Errorf("%s.aanlevering is niet te lezen; verplaats het als u een nieuwe aanlevering wilt", filepath.Base(path))
	}
	if s.Digest != digest {
		s = sidecar{digest, gateway.BatchID(gateway.NewUUID(a.now(), nil)), gateway.BatchID(gateway.NewUUID(a.now(), nil))}
		data, err := json.Marshal(s)
		if err != nil {
			return "", err
		}
		if err := writeWhole(filepath.Dir(path), filepath.Base(path)+".aanlevering", append(data, '\n'), 0o600); err != nil {
			return "", err
		}
	}
	if check {
		return s.Check, nil
	}
	return s.ID, nil
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
