// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
)

// maxSecret is more than any password or token is long, in bytes.
const maxSecret = 4096

// errSecretMode says that others may read a secret.
var errSecretMode = errors.New("others can read this file: only its owner may (chmod 0400)")

// readSecret reads a secret of one line. A file that others may read is refused
// (see privateFile), so is an empty one, and one of more lines.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := secretMode(f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	defer clear(text)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" || len(text) > maxSecret || strings.ContainsAny(secret, "\r\n\x00") {
		return "", fmt.Errorf("%s: a secret is one line", path)
	}
	return secret, nil
}

// privatePath refuses a file that others may read, as readSecret does, without
// reading it.
func privatePath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := secretMode(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// secretMode looks at the open file, so that it judges what is read.
func secretMode(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errSecretMode
	}
	owner, group := -1, -1
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		owner, group = int(s.Uid), int(s.Gid)
	}
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	if !privateFile(info.Mode().Perm(), owner, group, os.Geteuid(), append(groups, os.Getegid())) {
		return errSecretMode
	}
	return nil
}

// privateFile allows the owner alone. One exception, as in keys/keyring: a file
// of root and mode 0440 that is handed to an unprivileged service, where the
// group bits are the mask of an access list (systemd, group root) or the group
// is the service's own (a Kubernetes volume with fsGroup).
func privateFile(mode os.FileMode, owner, group, us int, groups []int) bool {
	if mode&0o077 == 0 {
		return true
	}
	return mode == 0o440 && owner == 0 && us > 0 && (group == 0 || slices.Contains(groups, group))
}
