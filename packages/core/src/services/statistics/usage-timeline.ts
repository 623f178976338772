/** The last days up to now as the clock of the host shows them, oldest first, as `YYYY-MM-DD`. */
export function lastDays(now: number, days: number): string[] {
  const today = new Date(now);
  return Array.from({ length: days }, (_, index) => {
    // Days are not all of one length where clocks are put forward.
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (days - 1 - index));
    const twoDigits = (value: number): string => String(value).padStart(2, '0');
    return `${String(day.getFullYear())}-${twoDigits(day.getMonth() + 1)}-${twoDigits(day.getDate())}`;
  });
}
