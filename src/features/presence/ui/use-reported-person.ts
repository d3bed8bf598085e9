"use client";
/**
 * Tells the room what its person does on the page, wherever on it: whether they do anything, and in which field they write.
 *
 * A field takes part by saying what it is, so that features that know nothing of presence can:
 *
 *     <input data-editing-field="url" data-editing-node={node.id} />      // of a node: others see "is editing URL"
 *     <input data-editing-field="name" />                                 // of the workflow: others see only that one types
 */
import { useEffect } from "react";
import type { Room } from "./use-room.ts";

const IDLE_MS = 60_000;
/** Looking at the clock at every mouse move would be most of the work. */
const CHECK_IDLE_MS = 5_000;

export function useReportedPerson(room: Room): void {
  useEffect(() => reportStatus(room), [room]);
  useEffect(() => reportEditing(room), [room]);
}

function reportStatus(room: Room): () => void {
  let lastMs = performance.now();
  let isIdle = false;
  const update = () => {
    const next = document.hidden || performance.now() - lastMs >= IDLE_MS;
    if (next === isIdle) return;
    isIdle = next;
    room.set({ status: isIdle ? "idle" : null });
  };
  const onActivity = () => {
    lastMs = performance.now();
    if (isIdle) update();
  };
  const signs = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"] as const;
  for (const sign of signs) window.addEventListener(sign, onActivity, { passive: true, capture: true });
  document.addEventListener("visibilitychange", update);
  const timer = setInterval(update, CHECK_IDLE_MS);
  update();
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", update);
    for (const sign of signs) window.removeEventListener(sign, onActivity, { capture: true });
  };
}

function reportEditing(room: Room): () => void {
  const show = () => {
    const field = editedField(document.activeElement);
    room.set({ editing: field?.nodeId ? { nodeId: field.nodeId, field: field.name, caret: caretOf(field.element) } : null });
    if (!field) room.set({ typing: null });
  };
  const onInput = (event: Event) => {
    if (!(event.target instanceof Element) || !editedField(event.target)) return;
    room.set({ typing: true });
    show();
  };
  // Before the focus has moved on, the field that loses it is still the active one.
  const onFocusOut = () => queueMicrotask(show);
  document.addEventListener("focusin", show);
  document.addEventListener("focusout", onFocusOut);
  document.addEventListener("input", onInput);
  return () => {
    document.removeEventListener("focusin", show);
    document.removeEventListener("focusout", onFocusOut);
    document.removeEventListener("input", onInput);
    room.set({ editing: null, typing: null });
  };
}

function editedField(target: Element | null) {
  const element = target?.closest<HTMLElement>("[data-editing-field]");
  const name = element?.dataset.editingField;
  if (!element || !name) return null;
  return { element, name, nodeId: element.dataset.editingNode ?? null };
}

/** Null where a field has no text to be in, such as a switch or a number. */
function caretOf(element: HTMLElement): number | null {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.selectionStart : null;
}
