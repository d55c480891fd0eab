// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/policies"
)

func (d *doctor) keyring(ctx context.Context) {
	check, mend := "keyring", "restore the keyring from a backup"
	if d.config.cluster() {
		check, mend = "keys", "seinhuis cluster setup makes what is not there; what is lost comes from a backup of Vault"
	}
	ring, err := openKeys(ctx, d.dir, d.config)
	switch {
	case err != nil && d.config.cluster():
		d.fail(check, err, "see the lines of Vault")
		return
	case err != nil:
		d.fail(check, err, "put the unlock secret and the keyring in place; without them nothing can be opened")
		return
	}
	defer ring.Close()
	entries, err := ring.Inventory(ctx)
	if err != nil {
		d.fail(check, err, mend)
		return
	}
	current := map[keys.Use]bool{}
	for _, e := range entries {
		current[e.Use] = current[e.Use] || e.Until.IsZero() && e.Acts
	}
	for _, use := range keys.Uses() {
		// A keyring from before webhooks has no key for them; see webhooks.
		if use != keys.BodyWrapping && use != keys.WebhookSigning && !current[use] {
			d.fail(check, fmt.Errorf("no key for %s", use), mend)
			return
		}
	}
	d.ok(check, "opens, %d keys", len(entries))
	_, text, err := logSigner(ctx, d.config, ring)
	known, listErr := verifierKeys(d.dir)
	if err := errors.Join(err, listErr); err != nil {
		d.fail("log key", err, "put "+verifierFile+" back")
		return
	}
	if !slices.Contains(known, text) {
		d.fail("log key", fmt.Errorf("%s does not hold the key that signs the log", verifierFile), "find out who changed it before you trust either")
		return
	}
	d.ok("log key", "%s holds the key that signs the log", verifierFile)
}

func (d *doctor) table() {
	const check = "routing table"
	t, err := openTable(in(d.dir, d.config.Routing))
	if err != nil {
		d.fail(check, err, "seinhuis routing rollback, or import it again: seinhuis routing import")
		return
	}
	v := t.Version()
	fine := true
	if v.Postcodes < routing.NationalPostcodes {
		fine = false
		d.warn(check, fmt.Sprintf("%d postcodes: a sample, not the country", v.Postcodes), "seinhuis routing import, with the CBS file of the year")
	}
	// The file of a year appears in its autumn, so last year's is good until then.
	if v.Year < d.now.Year()-1 {
		fine = false
		d.warn(check, fmt.Sprintf("the division is that of %d", v.Year), "seinhuis routing import, with the CBS file of the year")
	}
	if fine {
		d.ok(check, "division of %d, %d postcodes", v.Year, v.Postcodes)
	}
}

func (d *doctor) policy() {
	const check = "policy"
	b, err := openPolicy(d.dir, d.config)
	if err != nil {
		d.fail(check, err, "mend the document, and try it with: seinhuis policy test DIR")
		return
	}
	cases := policies.EmbeddedCases()
	if d.config.Policies != "" {
		folder := filepath.Join(in(d.dir, d.config.Policies), "cases")
		if _, err := os.Stat(folder); err != nil {
			d.warn(check, "it has no cases", "write cases for it in "+folder)
			return
		}
		cases = os.DirFS(folder)
	}
	results, err := policies.RunCases(b, cases)
	if err != nil {
		d.fail(check, err, "mend the case, and try it with: seinhuis policy test DIR")
		return
	}
	failed := 0
	for _, r := range results {
		if !r.OK() {
			failed++
		}
	}
	if failed > 0 {
		d.fail(check, fmt.Errorf("%d of %d cases come out differently", failed, len(results)), "seinhuis policy test shows which")
		return
	}
	d.ok(check, "%s %s, %d cases pass", b.Ref().Name, b.Ref().Version, len(results))
}

// database lets SQLite check its own pages and references, on a connection of
// its own that can only read.
func (d *doctor) database(ctx context.Context) {
	const check = "database"
	remedy := "stop the gateway, keep a copy, and restore the last backup"
	path, err := filepath.Abs(filepath.Join(d.dir, databaseFile))
	if err != nil {
		d.fail(check, err, remedy)
		return
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=query_only(ON)&_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		d.fail(check, err, remedy)
		return
	}
	defer db.Close()
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		d.fail(check, err, remedy)
		return
	}
	if result != "ok" {
		d.fail(check, errors.New("SQLite found it damaged"), remedy) // its text may name content
		return
	}
	var orphans int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&orphans); err != nil || orphans > 0 {
		d.fail(check, errors.Join(err, fmt.Errorf("%d rows refer to nothing", orphans)), remedy)
		return
	}
	d.ok(check, "whole")
}

// The gateway refuses reports on a full disk and loses nothing, but it stops.
const (
	tightDisk = 1 << 30
	fullDisk  = 100 << 20
)

func (d *doctor) disk() {
	const check = "disk"
	var s syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &s); err != nil {
		d.fail(check, err, "look at the disk")
		return
	}
	free := uint64(s.Bavail) * uint64(s.Bsize)
	switch {
	case free < fullDisk:
		d.fail(check, fmt.Errorf("%d MiB free", free>>20), "make room now: without it every report is refused")
	case free < tightDisk:
		d.warn(check, fmt.Sprintf("%d MiB free", free>>20), "make room")
	default:
		d.ok(check, "%d GiB free", free>>30)
	}
}
