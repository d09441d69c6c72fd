// Written by `aicontext connect {tool} --via hooks`; `aicontext disconnect {tool}` takes it away.
// Hands each long output of a tool to aicontext, and puts the shorter one in its place.
// Whatever goes wrong, the output stays.
import { spawn } from "node:child_process"

const HOOK = String.raw`{hook}`
const SHORT = 400
const PATIENCE = 12_000

function answered(said) {
  return new Promise((done) => {
    const command = `${HOOK} {tool} after_tool`
    const child = spawn(command, { shell: true, stdio: ["pipe", "pipe", "ignore"] })
    const parts = []
    const timer = setTimeout(() => child.kill(), PATIENCE)
    child.stdin.on("error", () => {})
    child.stdout.on("data", (part) => parts.push(part))
    child.on("error", () => done(undefined))
    child.on("close", () => {
      clearTimeout(timer)
      try {
        done(JSON.parse(Buffer.concat(parts).toString()).output)
      } catch {
        done(undefined)
      }
    })
    child.stdin.end(JSON.stringify(said))
  })
}

