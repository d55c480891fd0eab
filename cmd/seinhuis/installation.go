// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/policies"
)

// The files of a standalone installation, beside seinhuis.yaml.
const (
	databaseFile = "seinhuis.db"
	keyringFile  = "keyring.bin"
	logDir       = "logboek"
	spoolDir     = "aanleveringen" // files as received, until they are processed
	sftpDir      = "sftp"          // uploads and what answers them
	verifierFile = "verifier.txt"  // the public key that checkpoints are verified with
)

// openTable loads the compiled routing table.
func openTable(path string) (*routing.Table, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, notReady(fmt.Errorf("no routing table at %s; make one with: seinhuis routing import", path))
	}
	if err != nil {
		return nil, notReady(err)
	}
	defer f.Close()
	t, err := routing.Load(f)
	if err != nil {
		return nil, notReady(fmt.Errorf("routing table: %w", err))
	}
	return t, nil
}

// openPolicy loads the policy that an installation is started with: its own
// folder, or the built-in documents. It counts until officers adopt one.
func openPolicy(dir string, c config) (*policies.Bundle, error) {
	_, b, err := readPolicy(dir, c)
	return b, err
}

// readPolicy is openPolicy with the files.
func readPolicy(dir string, c config) (files policies.Set, b *policies.Bundle, err error) {
	if c.Policies == "" {
		files, err = policies.EmbeddedSet()
	} else {
		files, err = policies.ReadSet(os.DirFS(in(dir, c.Policies)))
	}
	if err == nil {
		b, err = files.Load()
	}
	if err != nil {
		return files, nil, notReady(err)
	}
	return files, b, nil
}

// tables hands out the current routing table and switches to a new file when
// one is put in place. It looks at the file at most once a second.
type tables struct {
	path    string
	current atomic.Pointer[loadedTable]
}

type loadedTable struct {
	table    *routing.Table
	modified time.Time
	size     int64
}

func newTables(path string) (*tables, error) {
	t := &tables{path: path}
	return t, t.reload()
}

// Current fills routing.Tables.
func (t *tables) Current() *routing.Table { return t.current.Load().table }

// reload switches to the file when it changed; a damaged file changes nothing.
func (t *tables) reload() error {
	info, err := os.Stat(t.path)
	if err != nil {
		return notReady(err)
	}
	if now := t.current.Load(); now != nil && now.modified.Equal(info.ModTime()) && now.size == info.Size() {
		return nil
	}
	table, err := openTable(t.path)
	if err != nil {
		return err
	}
	t.current.Store(&loadedTable{table, info.ModTime(), info.Size()})
	return nil
}
