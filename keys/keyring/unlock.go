// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// unlockSize is the length of the unlock secret in bytes.
const unlockSize = 32

// NewUnlock makes a new unlock secret: 32 random bytes.
func NewUnlock() []byte {
	b := make([]byte, unlockSize)
	_, _ = rand.Read(b) // never fails, it ends the process instead (Go 1.24)
	return b
}

// WriteUnlock writes the secret as one line of base64url to a new file of mode 0600, durably. It never replaces a file
// (ErrExists): the old secret may be the only way into a keyring.
func WriteUnlock(path string, unlock []byte) error {
	if len(unlock) != unlockSize {
		return fmt.Errorf("write unlock secret: %w", ErrUnlock)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write unlock secret: %w", ErrExists)
	}
	if err != nil {
		return fmt.Errorf("write unlock secret: %w", err)
	}
	text := base64.RawURLEncoding.AppendEncode(nil, unlock)
	defer clear(text)
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = realDisk().syncFolder(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("write unlock secret: %w", err)
	}
	return nil
}

// ReadUnlock reads the secret. A file that group or world may read is refused with ErrMode, except a credential that
// systemd hands to the service (see privateMode). Anything but exactly one secret is ErrUnlock.
func ReadUnlock(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read unlock secret: %w", err)
	}
	defer f.Close()
	if err := checkMode(f); err != nil {
		return nil, fmt.Errorf("read unlock secret: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, 128))
	defer clear(text)
	if err != nil {
		return nil, fmt.Errorf("read unlock secret: %w", err)
	}
	line := strings.TrimRight(string(text), "\r\n")
	b, err := base64.RawURLEncoding.Strict().DecodeString(line)
	if err != nil || len(b) != unlockSize || strings.ContainsAny(line, "\r\n") {
		return nil, fmt.Errorf("read unlock secret: not %d bytes of base64url: %w", unlockSize, ErrUnlock)
	}
	return b, nil
}

// checkMode looks at the open file, not at the path, so that it judges what is read.
func checkMode(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("not a regular file: %w", ErrMode)
	}
	uid, gid := -1, -1
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		uid, gid = int(st.Uid), int(st.Gid)
	}
	if !privateMode(info.Mode().Perm(), uid, gid, os.Geteuid()) {
		return ErrMode
	}
	return nil
}

// privateMode allows owner bits only. One exception: systemd hands a credential to an unprivileged service as root's
// file of mode 0440, where the group bits are the mask of an access list that names the service alone.
func privateMode(mode os.FileMode, uid, gid, euid int) bool {
	if mode&0o077 == 0 {
		return true
	}
	return mode == 0o440 && uid == 0 && gid == 0 && euid > 0
}
