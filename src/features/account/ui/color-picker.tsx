import { Check } from "lucide-react";
import { useId } from "react";
import { cx } from "#ui/cx.ts";
import { personFill } from "#ui/person-color.ts";
import { type UserColor, userColors } from "../colors.ts";

/** One of the named colours, as radio buttons: arrows move, and the name of the chosen one stands beside them. */
export function ColorPicker({ value, onChange }: { value: UserColor; onChange: (color: UserColor) => void }) {
  const group = useId();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 text-xs font-medium">
        Colour <span className="font-normal text-muted">{value}</span>
      </legend>
      <div className="flex flex-wrap gap-1 sm:gap-1.5">
        {userColors.map((color) => (
          <label
            key={color}
            title={color}
            className={cx(
              "relative flex size-8 items-center justify-center rounded-full text-on-person",
              "outline-offset-2 outline-focus has-focus-visible:outline-2",
              personFill(color),
            )}
          >
            <input
              type="radio"
              name={group}
              value={color}
              checked={color === value}
              onChange={() => onChange(color)}
              className="absolute inset-0 cursor-pointer opacity-0"
              aria-label={color}
            />
            {color === value ? <Check aria-hidden strokeWidth={2} className="size-4" /> : null}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
