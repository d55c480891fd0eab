// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package s3test

import "syscall"

func dieWithUs() *syscall.SysProcAttr { return nil }
