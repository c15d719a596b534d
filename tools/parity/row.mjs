/** One row of the table. `covers` lists names of python-names.json, `module.` left out; `test` is one test or several. */
export function row(python, covers, ours, test, deviation, reason) {
  const names = covers.split(/\s+/).filter(Boolean);
  return {
    python,
    covers: names.map((name) => (/^(SSL|Memory)\w+\./.test(name) ? name : `module.${name}`)),
    ours,
    ...(test ? { test } : {}),
    ...(deviation ? { deviation } : {}),
    ...(reason ? { reason } : {}),
  };
}

/** A name of Python's that is not here, and why. */
export function absent(python, covers, reason) {
  return row(python, covers, null, undefined, undefined, reason);
}

/** A case of the comparison with CPython whose outcome is meant to differ. */
export function differs(python, test, deviation, reason) {
  return { ...row(python, '', null, test, deviation, reason), here: 'differs' };
}
