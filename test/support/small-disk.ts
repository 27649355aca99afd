import { execFileSync } from "node:child_process";

/** Whether disks can be made here: only root may, where the system lets it. */
export function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** Has a folder be a disk of so many bytes while `use` runs. */
export async function onSmallDisk<T>(folder: string, bytes: number, use: () => Promise<T>): Promise<T> {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder], { stdio: "ignore" });
  try {
    return await use();
  } finally {
    execFileSync("umount", ["--lazy", folder]);
  }
}
