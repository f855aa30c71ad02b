/** Phone numbers as people read them. */

const GROUPS = [
  [/^(\+86)(\d{3})(\d{4})(\d{4})$/, "$1 $2 $3 $4"],
  [/^(\+1)(\d{3})(\d{3})(\d{4})$/, "$1 $2 $3 $4"],
  [/^(0[3-9]\d{2})(\d{4})(\d{4})$/, "$1 $2 $3"],
];

/** `+8613800000001` with its groups apart; what is no such number stays as it is. */
export function spaced(number) {
  const [digits, groups] = GROUPS.find(([pattern]) => pattern.test(number)) ?? [];
  return digits ? number.replace(digits, groups) : number;
}
