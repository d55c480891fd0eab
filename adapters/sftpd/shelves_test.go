// SPDX-License-Identifier: EUPL-1.2

package sftpd_test

import (
	"testing"

	"github.com/seinhuis/seinhuis/adapters/sftpd"
	"github.com/seinhuis/seinhuis/adapters/sftpd/sftpdtest"
)

func TestFolderShelves(t *testing.T) {
	sftpdtest.Shelves(t, func(t *testing.T) sftpd.Shelves {
		s, err := sftpd.Folder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
