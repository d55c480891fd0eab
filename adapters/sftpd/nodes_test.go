// SPDX-License-Identifier: EUPL-1.2

package sftpd

import "testing"

// A party finds its receipts at any node that has the same shelves; uploads under way stay at the node that has them.
func TestReceiptsAtAnotherNode(t *testing.T) {
	shared, err := Folder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	with := func(o *Options) { o.Shelves = shared }
	one, other := newHouse(t, with), newHouse(t, with)
	one.deposit(1, 10)
	c := one.client(town)
	if err := put(c, "/terugkoppelingen/a.jws", letterOf(newID(), one.signals[0].ID, "")); err != nil {
		t.Fatal(err)
	}
	here, there := names(t, c, "/bewijzen"), names(t, other.client(town), "/bewijzen")
	if len(here) != 1 || len(there) != 1 || here[0] != there[0] {
		t.Errorf("here %v, there %v", here, there)
	}
}
