//go:build !unix

package rootfs

const doNotWait = 0
