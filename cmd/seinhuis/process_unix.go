// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// noCoreDumps keeps keys and reports out of core files (invariant I1).
func noCoreDumps() error {
	return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

// lockInstallation makes sure that one process at a time serves dir. The lock
// goes with the process, also after kill -9.
func lockInstallation(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(lockPath(dir), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, notReady(fmt.Errorf("no installation in %s? %w", dir, err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, notReady(errServing)
	}
	return func() { _ = f.Close() }, nil
}
