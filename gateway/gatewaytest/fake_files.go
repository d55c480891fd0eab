// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// MemorySpool is a batch.Spool in memory. Safe for concurrent use.
type MemorySpool struct {
	mu    sync.Mutex
	files map[string][]byte
}

// NewMemorySpool makes an empty spool.
func NewMemorySpool() *MemorySpool { return &MemorySpool{files: map[string][]byte{}} }

// Put fills batch.Spool.
func (s *MemorySpool) Put(_ context.Context, name string, body io.Reader) (int64, gateway.Digest, error) {
	b, err := io.ReadAll(body)
	if err != nil {
		return 0, gateway.Digest{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = b
	return int64(len(b)), gateway.DigestOf(b), nil
}

// Open fills batch.Spool.
func (s *MemorySpool) Open(_ context.Context, name string) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// Erase fills batch.Spool.
func (s *MemorySpool) Erase(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
	return nil
}

// Names fills batch.Spool.
func (s *MemorySpool) Names(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.files)), nil
}

// Parcel is a file that names its sender, with a sum at its end that tells
// tampering; FileOpener opens it. Other nonces give other bytes around the
// same content.
func Parcel(from gateway.OIN, content []byte, nonce string) []byte {
	b := append([]byte(string(from)+"\n"+nonce+"\n"), turn(content)...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// FileOpener opens parcels. As real openers do, it hands out content before it
// has checked it.
type FileOpener struct{}

// OpenFile fills batch.Opener.
func (FileOpener) OpenFile(_ context.Context, from gateway.Party, _ time.Time, sealed io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(sealed)
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	parts := bytes.SplitN(b, []byte("\n"), 3)
	if len(parts) < 3 || len(parts[2]) < sha256.Size {
		return nil, refusal(gateway.KindInvalid, gateway.CodeUndecryptable)
	}
	end := len(b) - sha256.Size
	content := bytes.NewReader(turn(parts[2][:len(parts[2])-sha256.Size]))
	if sum := sha256.Sum256(b[:end]); !bytes.Equal(sum[:], b[end:]) || string(parts[0]) != string(from.OIN) {
		return io.MultiReader(content, iotest.ErrReader(refusal(gateway.KindInvalid, gateway.CodeSignature))), nil
	}
	return content, nil
}

// Spool is the contract of batch.Spool.
func Spool(t *testing.T, open func(t *testing.T) batch.Spool) {
	s, ctx := open(t), t.Context()
	put := func(name, content string) {
		t.Helper()
		size, sum, err := s.Put(ctx, name, strings.NewReader(content))
		if err != nil || size != int64(len(content)) || sum != gateway.DigestOf([]byte(content)) {
			t.Fatalf("size %d, error %v", size, err)
		}
	}
	put("one-1", "first")
	put("two", "")
	put("one-1", "second")
	f, err := s.Open(ctx, "one-1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil || string(got) != "second" {
		t.Errorf("got %q, error %v", got, err)
	}
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(ErrFault))
	if _, _, err := s.Put(ctx, "three", broken); !errors.Is(err, ErrFault) {
		t.Errorf("a broken body: %v", err)
	}
	names, err := s.Names(ctx)
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"one-1", "two"}) {
		t.Errorf("names %v, error %v", names, err)
	}
	if err := errors.Join(s.Erase(ctx, "one-1"), s.Erase(ctx, "one-1")); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(ctx, "one-1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Erase: %v", err)
	}
}
