// SPDX-License-Identifier: EUPL-1.2

package s3test

import "syscall"

// dieWithUs makes the kernel end the server when the test binary is gone, however it went.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
