(** * Plan: construction S, what is placed where.

    A plan holds the widths d_0..d_l, the number p of bits, the number e of spare digits and the sizes |U|
    and |A| = |A'| of the three blocks. From it: K = p+1+e stages, width N = |U| + 2|A|, depth
    L = 2 + l(K+2), scale P = p l.

    A hidden layer holds slots: [U j] (an input carried along), [A o] and [A' o] (the two halves of
    accumulator o; o = d_{i+1} is the offset pair). The L-1 hidden layers are numbered by
    [time i k]: stage k of section i, then merge (k = K) and read-out (k = K+1).
    [req] says which old slots a new slot must be connected to and with which sign; [place t w] serves the slots of
    layer t greedily from the pools in [groups], reading the signs w; [layerfail] says that some slot found no
    neuron. [badlayer] and [baddigit] make up the bad event; it does not mention the target. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability Pool Network.
Import ListNotations.
Open Scope nat_scope.

Record plan := Plan { p_dims : nat -> nat; p_l : nat; p_p : nat; p_e : nat; p_U : nat; p_A : nat }.

Inductive slot := U (j : nat) | A (o : nat) | A' (o : nat).
Definition slot_eq (a b : slot) : bool :=
  match a, b with U i, U j | A i, A j | A' i, A' j => i =? j | _, _ => false end.
Lemma slot_eq_spec a b : slot_eq a b = true <-> a = b.
Proof.
  destruct a, b; cbn; try (split; intros; congruence); rewrite Nat.eqb_eq; split; intros; congruence.
Qed.
Fixpoint assoc (a : slot) (l : list (slot * nat)) : nat :=
  match l with [] => 0 | (b, r) :: l' => if slot_eq b a then r else assoc a l' end.
Lemma assoc_in a l : In a (map fst l) -> In (a, assoc a l) l.
Proof.
  induction l as [|[b r] l IH]; cbn; intros H; [easy|].
  destruct (slot_eq b a) eqn:Eq.
  - apply slot_eq_spec in Eq as ->. auto.
  - right. apply IH. destruct H as [->|]; auto. exfalso.
    assert (slot_eq a a = true) by (apply slot_eq_spec; auto). congruence.
Qed.

Definition us (n : nat) : list slot := map U (seq 0 n).
Definition accs (n : nat) : list slot := map A (seq 0 (S n)).
Definition accs' (n : nat) : list slot := map A' (seq 0 (S n)).

Inductive kind := Split | Stage (i k : nat) | Merge (i : nat) | Read (i : nat).

Section Construction.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation p := (p_p T).
Local Notation e := (p_e T).
Local Notation nU := (p_U T).
Local Notation nA := (p_A T).

(** ** the numbers of the plan *)
Definition stages : nat := p + 1 + e.
Definition width : nat := nU + 2 * nA.
Definition depth : nat := 2 + l * (stages + 2).
Definition shift : nat := p * l.
Local Notation K := stages.
Local Notation N := width.

(** inputs and outputs of section i (the first has both halves of every signed input) *)
Definition ins (i : nat) : nat := if i =? 0 then 2 * dims 0 else dims i.
Definition outs (i : nat) : nat := dims (S i).

(** the layers *)
Definition time (i k : nat) : nat := S (i * (K + 2) + k).
Definition kind_of (t : nat) : kind :=
  match t with
  | O => Split
  | S t' => let i := t' / (K + 2) in let k := t' mod (K + 2) in
            if k <? K then Stage i k else if k =? K then Merge i else Read i
  end.

Lemma kind_time i k : k < K + 2 ->
  kind_of (time i k) = if k <? K then Stage i k else if k =? K then Merge i else Read i.
Proof.
  intros H. unfold kind_of, time.
  rewrite Nat.div_add_l, (Nat.div_small k) by lia. rewrite Nat.add_0_r.
  rewrite (Nat.add_comm (i * (K + 2))), Nat.mod_add, (Nat.mod_small k) by lia. reflexivity.
Qed.
Lemma kind_stage i k : k < K -> kind_of (time i k) = Stage i k.
Proof. intros. rewrite kind_time by lia. destruct (Nat.ltb_spec k K); auto; lia. Qed.
Lemma kind_merge i : kind_of (time i K) = Merge i.
Proof. rewrite kind_time by lia. rewrite Nat.ltb_irrefl, Nat.eqb_refl. auto. Qed.
Lemma kind_read i : kind_of (time i (S K)) = Read i.
Proof.
  rewrite kind_time by lia. destruct (Nat.ltb_spec (S K) K); [lia|].
  destruct (Nat.eqb_spec (S K) K); auto; lia.
Qed.
Lemma time_S i k : S (time i k) = time i (S k).
Proof. unfold time. lia. Qed.
Lemma time_next i : time i (S (S K)) = time (S i) 0.
Proof. unfold time. lia. Qed.
Lemma time_cases t : S t < depth -> t = 0 \/ exists i k, i < l /\ k < K + 2 /\ t = time i k.
Proof.
  unfold depth, time. destruct t as [|t]; intros H; [left; auto|right].
  exists (t / (K + 2)), (t mod (K + 2)). repeat split.
  - apply Nat.div_lt_upper_bound; lia.
  - apply Nat.mod_upper_bound. lia.
  - rewrite Nat.mul_comm. f_equal. apply Nat.div_mod. lia.
Qed.
Lemma time_lt i k : i < l -> k < K + 2 -> S (time i k) < depth.
Proof. unfold time, depth. intros. nia. Qed.
Lemma time_last : S (time l 0) = depth.
Proof. unfold time, depth. lia. Qed.

(** slots of layer t *)
Definition split_slots : list slot := flat_map (fun j => [U j; U (dims 0 + j)]) (seq 0 (dims 0)).
Definition stage_us (i k : nat) : list slot := if S k <? K then us (ins i) else [].
Definition tslots (t : nat) : list slot :=
  match kind_of t with
  | Split => split_slots
  | Stage i k => stage_us i k ++ accs (outs i) ++ accs' (outs i)
  | Merge i => accs (outs i)
  | Read i => us (outs i) ++ (if S i =? l then map U (seq (outs i) (outs i)) else [])
  end.
Definition slots (t : nat) : list slot := match t with O => us (dims 0) | S t' => tslots t' end.

(** the edges a new slot needs: old slot and sign *)
Definition req (t : nat) (a : slot) : list (slot * bool) :=
  match kind_of t, a with
  | Split, U j => [if j <? dims 0 then (U j, true) else (U (j - dims 0), false)]
  | Stage i k, U j => [(U j, true)]
  | Stage i k, (A o | A' o) => if k =? 0 then [] else [(A o, true); (A' o, true)]
  | Merge i, A o => [(A o, true); (A' o, true)]
  | Read i, U o => if o <? outs i then [(A (outs i), false); (A o, true)]
                   else [(A (outs i), true); (A (o - outs i), false)]
  | _, _ => []
  end.
(** the outgoing edge that an output neuron r needs *)
Definition out (t : nat) (a : slot) (r : nat) : list (coord * bool) :=
  match kind_of t, a with
  | Read i, U o => if S i =? l then [if o <? outs i then ((S t, o, r), true) else ((S t, o - outs i, r), false)] else []
  | _, _ => []
  end.
Definition rq (t : nat) (pl : slot -> nat) (a : slot) (r : nat) : list (coord * bool) :=
  map (fun bs => ((t, r, pl (fst bs)), snd bs)) (req t a) ++ out t a r.
Definition fit (t : nat) (pl : slot -> nat) (w : signs) (a : slot) (r : nat) : bool := fits (rq t pl a r) w.

(** pools *)
Definition poolU := seq 0 nU.
Definition poolA := seq nU nA.
Definition poolA' := seq (nU + nA) nA.
Definition pool := seq 0 N.
(** edge from the merged offset neuron C *)
Definition edgeC (t : nat) (pl : slot -> nat) (i r : nat) : coord := (t, r, pl (A (outs i))).
Definition groups (t : nat) (pl : slot -> nat) (w : signs) : list (list slot * list nat) :=
  match kind_of t with
  | Split => [(split_slots, poolU)]
  | Stage i k => [(stage_us i k, poolU); (accs (outs i), poolA); (accs' (outs i), poolA')]
  | Merge i => [(accs (outs i), pool)]
  | Read i => if S i =? l
      then [(us (outs i), filter (shared (edgeC t pl i) false w) pool);
            (map U (seq (outs i) (outs i)), filter (shared (edgeC t pl i) true w) pool)]
      else [(us (outs i), pool)]
  end.

Lemma groups_slots t pl w : flat_map fst (groups t pl w) = tslots t.
Proof.
  unfold groups, tslots. destruct (kind_of t); cbn [flat_map fst]; rewrite ?app_nil_r; auto.
  destruct (S i =? l); cbn [flat_map fst]; rewrite ?app_nil_r; auto.
Qed.

(** ** the placement *)
Definition placed (t : nat) (pl : slot -> nat) (w : signs) : list (slot * nat) :=
  flat_map (fun g => serve (fit t pl w) (fst g) (snd g)) (groups t pl w).
Fixpoint place (t : nat) (w : signs) : slot -> nat :=
  match t with
  | O => fun a => match a with U j => j | _ => 0 end
  | S t' => fun a => assoc a (placed t' (place t' w) w)
  end.
Definition layerfail (t : nat) (pl : slot -> nat) (w : signs) : bool :=
  existsb (fun g => servefail (fit t pl w) (fst g) (snd g)) (groups t pl w).
Definition badlayer (t : nat) (w : signs) : bool := layerfail t (place t w) w.

(** digit k of (i, o, j) has a + edge into one of the two halves *)
Definition dplus (w : signs) (i o j k : nat) : bool :=
  w (time i k, place (S (time i k)) w (A o), place (time i k) w (U j)) ||
  w (time i k, place (S (time i k)) w (A' o), place (time i k) w (U j)).
Definition dside (w : signs) (i o j k : nat) : bool :=
  w (time i k, place (S (time i k)) w (A o), place (time i k) w (U j)) ||
  negb (w (time i k, place (S (time i k)) w (A' o), place (time i k) w (U j))).
Definition dsigns (w : signs) (i o j : nat) : list bool := map (dplus w i o j) (seq 0 K).
Definition baddigit (w : signs) (ioj : nat * nat * nat) : bool :=
  let '(i, o, j) := ioj in forallb (fun k => negb (dplus w i o j k)) (seq 0 e).
Definition triples : list (nat * nat * nat) :=
  flat_map (fun i => map (fun oj => (i, fst oj, snd oj)) (list_prod (seq 0 (S (outs i))) (seq 0 (ins i)))) (seq 0 l).

(** the good event *)
Definition bad (w : signs) : bool :=
  existsb (fun t => badlayer t w) (seq 0 (depth - 1)) || existsb (baddigit w) triples.
Definition good (w : signs) : bool := negb (bad w).

(** ** the placement is injective and stays in its blocks *)
Definition sizes : Prop := forall i, i < l -> ins i <= nU /\ S (outs i) <= nA.

(** the last read-out is the only layer whose pools may be too small *)
Definition last_read (t : nat) : Prop := exists i, kind_of t = Read i /\ S i = l.

Lemma placed_fst t pl w : map fst (placed t pl w) = tslots t.
Proof.
  rewrite <- (groups_slots t pl w). unfold placed. induction (groups t pl w) as [|g gs IH]; cbn; auto.
  rewrite map_app, serve_fst, IH. auto.
Qed.
Lemma place_placed t w a : In a (slots (S t)) -> In (a, place (S t) w a) (placed t (place t w) w).
Proof. intros H. cbn [place]. apply assoc_in. rewrite placed_fst. auto. Qed.

Lemma in_us n j : In (U j) (us n) <-> j < n.
Proof.
  unfold us. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. injection E as <-. lia.
  - intros. exists j. split; auto. apply in_seq. lia.
Qed.
Lemma in_accs n a : In a (accs n) <-> exists o, a = A o /\ o <= n.
Proof.
  unfold accs. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [o [-> H]]. exists o. split; auto. apply in_seq. lia.
Qed.
Lemma in_accs' n a : In a (accs' n) <-> exists o, a = A' o /\ o <= n.
Proof.
  unfold accs'. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [o [-> H]]. exists o. split; auto. apply in_seq. lia.
Qed.
Lemma in_us_gen n a : In a (us n) <-> exists j, a = U j /\ j < n.
Proof.
  unfold us. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [o [-> H]]. exists o. split; auto. apply in_seq. lia.
Qed.
Lemma in_split a : In a split_slots <-> exists j, a = U j /\ j < 2 * dims 0.
Proof.
  unfold split_slots. rewrite in_flat_map. split.
  - intros [x [H E]]. apply in_seq in H. destruct E as [<-|[<-|[]]]; eexists; split; eauto; lia.
  - intros [j [-> H]]. destruct (Nat.lt_ge_cases j (dims 0)).
    + exists j. split; [apply in_seq; lia|left; auto].
    + exists (j - dims 0). split; [apply in_seq; lia|right; left; f_equal; lia].
Qed.
Lemma split_length : length split_slots = 2 * dims 0.
Proof.
  unfold split_slots. rewrite <- (seq_length (dims 0) 0) at 2.
  induction (seq 0 (dims 0)); cbn; lia.
Qed.

Lemma pool_split : pool = poolU ++ poolA ++ poolA'.
Proof. unfold pool, poolU, poolA, poolA', width. rewrite <- !seq_app. f_equal. lia. Qed.

Lemma filter_disjoint (f g : nat -> bool) ls : NoDup ls -> (forall x, f x = negb (g x)) -> NoDup (filter f ls ++ filter g ls).
Proof.
  intros H Hf. apply NoDup_app_intro; try apply NoDup_filter; auto.
  intros x H1 H2. apply filter_In in H1 as [_ H1], H2 as [_ H2]. rewrite Hf, H2 in H1. discriminate.
Qed.

Hypothesis Hsizes : sizes.
Hypothesis l_pos : 1 <= l.

Lemma ins_le i : i < l -> ins i <= nU. Proof. intros; apply Hsizes; auto. Qed.
Lemma outs_le i : i < l -> S (outs i) <= nA. Proof. intros; apply Hsizes; auto. Qed.

Lemma groups_pools t pl w : NoDup (flat_map snd (groups t pl w)) /\ incl (flat_map snd (groups t pl w)) pool.
Proof.
  assert (N0 : NoDup pool) by apply seq_NoDup.
  unfold groups. destruct (kind_of t) as [|i k|i|i]; cbn [flat_map snd]; rewrite ?app_nil_r.
  - split; [apply seq_NoDup|]. rewrite pool_split. apply incl_appl, incl_refl.
  - rewrite <- pool_split. split; auto. apply incl_refl.
  - split; auto. apply incl_refl.
  - destruct (S i =? l); cbn [flat_map snd]; rewrite ?app_nil_r.
    + split.
      * apply filter_disjoint; auto. intros x. unfold shared. destruct (w _); auto.
      * intros x Hx. apply in_app_or in Hx as [Hx|Hx]; apply filter_In in Hx; tauto.
    + split; auto. apply incl_refl.
Qed.

Lemma groups_size t pl w : S t < depth -> ~ last_read t ->
  forall g, In g (groups t pl w) -> length (fst g) <= length (snd g).
Proof.
  intros Ht NL g Hg. unfold groups in Hg.
  pose proof (ins_le 0 ltac:(lia)) as I0. unfold ins in I0. cbn in I0.
  destruct (time_cases t Ht) as [->|(i & k & Hi & Hk & Et)]; cbn [kind_of] in Hg.
  - destruct Hg as [<-|[]]. cbn [fst snd]. unfold poolU. rewrite split_length, seq_length. lia.
  - pose proof (ins_le i Hi) as I1. pose proof (outs_le i Hi) as I2.
    destruct (Nat.lt_ge_cases k K) as [Hk1|Hk1]; [|destruct (Nat.eq_dec k K) as [->|Hk2]].
    + subst t. rewrite kind_stage in Hg by auto. unfold stage_us, us, accs, accs', poolU, poolA, poolA' in Hg.
      destruct Hg as [<-|[<-|[<-|[]]]]; cbn [fst snd]; rewrite ?map_length, ?seq_length; auto.
      destruct (S k <? K); cbn [length]; rewrite ?map_length, ?seq_length; lia.
    + subst t. rewrite kind_merge in Hg. destruct Hg as [<-|[]]; cbn [fst snd].
      unfold accs, pool, width. rewrite map_length, !seq_length. lia.
    + assert (k = S K) by lia. subst k t. rewrite kind_read in Hg.
      destruct (Nat.eqb_spec (S i) l) as [El|El].
      * exfalso. apply NL. exists i. rewrite kind_read. auto.
      * destruct Hg as [<-|[]]; cbn [fst snd]. unfold us, pool, width. rewrite map_length, !seq_length. lia.
Qed.

Lemma placed_valid t pl w : S t < depth -> layerfail t pl w = false \/ ~ last_read t ->
  NoDup (map snd (placed t pl w)) /\
  forall g, In g (groups t pl w) -> incl (map snd (serve (fit t pl w) (fst g) (snd g))) (snd g).
Proof.
  intros Ht Hok.
  assert (V : forall g, In g (groups t pl w) -> servefail (fit t pl w) (fst g) (snd g) = false \/ length (fst g) <= length (snd g)).
  { intros g Hg. destruct Hok as [H|H].
    - left. unfold layerfail in H. rewrite existsb_false in H. apply (H g Hg).
    - right. eapply groups_size; eauto. }
  destruct (groups_pools t pl w) as [ND _].
  unfold placed. induction (groups t pl w) as [|g gs IH].
  - split; [constructor|intros g []].
  - cbn [flat_map] in ND. destruct (NoDup_app_inv _ _ ND) as (N1 & N2 & D).
    destruct (serve_valid (fit t pl w) (fst g) (snd g) N1 (V g (or_introl eq_refl))) as [S1 S2].
    destruct (IH ltac:(intros; apply V; right; auto) N2) as [I1 I2]. split.
    + cbn [flat_map]. rewrite map_app. apply NoDup_app_intro; auto.
      intros x H1 H2. apply (D x); [apply S2; auto|].
      apply in_map_iff in H2 as [[a r] [<- H2]]. apply in_flat_map in H2 as [g' [Hg' H2]].
      apply in_flat_map. exists g'. split; auto. apply (I2 g' Hg'). apply in_map_iff. exists (a, r). auto.
    + intros g' [<-|Hg']; auto.
Qed.

(** a slot that is only in the group g lands in the pool of g *)
Lemma placed_group t w a r : S t < depth -> layerfail t (place t w) w = false \/ ~ last_read t ->
  In (a, r) (placed t (place t w) w) -> exists g, In g (groups t (place t w) w) /\ In a (fst g) /\ In r (snd g).
Proof.
  intros Ht Hok H. destruct (placed_valid t (place t w) w Ht Hok) as [_ I].
  unfold placed in H. apply in_flat_map in H as [g [Hg H]]. exists g. repeat split; auto.
  - rewrite <- (serve_fst (fit t (place t w) w) (fst g) (snd g)). apply in_map_iff. exists (a, r). auto.
  - apply (I g Hg). apply in_map_iff. exists (a, r). auto.
Qed.

Lemma kind_not_last i k : k < S K -> ~ last_read (time i k).
Proof.
  intros Hk [j [H _]]. destruct (Nat.eq_dec k K) as [->|].
  - rewrite kind_merge in H. discriminate.
  - rewrite kind_stage in H by lia. discriminate.
Qed.
Lemma kind0_not_last : ~ last_read 0.
Proof. intros [i [H _]]. discriminate. Qed.

(** the three blocks during the stages *)
Lemma place_blocks w i k a : i < l -> k < K -> In a (slots (S (time i k))) ->
  match a with
  | U _ => In (place (S (time i k)) w a) poolU
  | A _ => In (place (S (time i k)) w a) poolA
  | A' _ => In (place (S (time i k)) w a) poolA'
  end.
Proof.
  intros Hi Hk Ha. pose proof (place_placed (time i k) w a Ha) as P.
  apply placed_group in P as (g & Hg & Hag & Hr).
  2:{ apply time_lt; lia. }
  2:{ right. apply kind_not_last. lia. }
  unfold groups in Hg. rewrite kind_stage in Hg by auto.
  destruct Hg as [<-|[<-|[<-|[]]]]; cbn [fst snd] in *.
  - unfold stage_us in Hag. destruct (S k <? K); [|easy]. apply in_us_gen in Hag as [j [-> _]]. auto.
  - apply in_accs in Hag as [o [-> _]]. auto.
  - apply in_accs' in Hag as [o [-> _]]. auto.
Qed.

Lemma place_inj t w a b : S t < depth -> layerfail t (place t w) w = false \/ ~ last_read t ->
  In a (slots (S t)) -> In b (slots (S t)) -> place (S t) w a = place (S t) w b -> a = b.
Proof.
  intros Ht Hok Ha Hb Eq. destruct (placed_valid t (place t w) w Ht Hok) as [ND _].
  pose proof (place_placed t w a Ha) as Pa. pose proof (place_placed t w b Hb) as Pb.
  pose proof (NoDup_map_inj_in snd _ _ _ ND Pa Pb Eq) as X. congruence.
Qed.
Lemma place_lt t w a : S t < depth -> layerfail t (place t w) w = false \/ ~ last_read t ->
  In a (slots (S t)) -> place (S t) w a < N.
Proof.
  intros Ht Hok Ha. pose proof (place_placed t w a Ha) as P.
  apply placed_group in P as (g & Hg & Hag & Hr); auto.
  destruct (groups_pools t (place t w) w) as [_ I].
  assert (In (place (S t) w a) pool) by (apply I; apply in_flat_map; eauto).
  unfold pool in H. apply in_seq in H. lia.
Qed.
Lemma place_fit t w a : badlayer t w = false -> In a (slots (S t)) ->
  fit t (place t w) w a (place (S t) w a) = true.
Proof.
  intros H Ha. pose proof (place_placed t w a Ha) as P. unfold placed in P.
  apply in_flat_map in P as [g [Hg P]]. eapply serve_fits; [|exact P].
  unfold badlayer, layerfail in H. rewrite existsb_false in H. apply (H g Hg).
Qed.

(** ** what the placement reads *)
Definition reads (t : nat) (c : coord) : Prop :=
  let '(a, r, cc) := c in
  match kind_of t with
  | Stage i k => a = t /\ (r < nU \/ (k <> 0 /\ nU <= cc < nU + 2 * nA))
  | Read i => a = t \/ (S i = l /\ a = S t)
  | _ => a = t
  end.

Lemma fit_agree t w w' a r : (forall c, In c (map fst (rq t (place t w) a r)) -> w' c = w c) ->
  fit t (place t w) w' a r = fit t (place t w) w a r.
Proof. apply fits_agree. Qed.

Lemma rq_reads t w a r : S t < depth -> forall g, In g (groups t (place t w) w) -> In a (fst g) -> In r (snd g) ->
  forall c, In c (map fst (rq t (place t w) a r)) -> reads t c.
Proof.
  intros Ht g Hg Ha Hr c Hc. unfold rq in Hc. rewrite map_app, map_map in Hc. cbn [fst] in Hc.
  unfold groups in Hg. unfold reads.
  destruct (time_cases t Ht) as [->|(i & k & Hi & Hk & Et)]; cbn [kind_of] in *.
  - unfold out in Hc. cbn [kind_of] in Hc. rewrite app_nil_r in Hc. apply in_map_iff in Hc as [x [<- _]]. auto.
  - destruct (Nat.lt_ge_cases k K) as [Hk1|Hk1]; [|destruct (Nat.eq_dec k K) as [->|Hk2]].
    + subst t. unfold req, out in Hc. rewrite kind_stage in Hc, Hg |- * by auto.
      rewrite app_nil_r in Hc.
      assert (B : forall o, o <= outs i -> k <> 0 -> nU <= place (time i k) w (A o) < nU + 2 * nA /\ nU <= place (time i k) w (A' o) < nU + 2 * nA).
      { intros o Ho K0. destruct k as [|k]; [lia|]. rewrite <- time_S.
        assert (I1 : In (A o) (slots (S (time i k)))).
        { cbn [slots]. unfold tslots. rewrite kind_stage by lia. apply in_or_app; right. apply in_or_app; left. apply in_accs; eauto. }
        assert (I2 : In (A' o) (slots (S (time i k)))).
        { cbn [slots]. unfold tslots. rewrite kind_stage by lia. apply in_or_app; right. apply in_or_app; right. apply in_accs'; eauto. }
        pose proof (place_blocks w i k (A o) Hi ltac:(lia) I1) as B1.
        pose proof (place_blocks w i k (A' o) Hi ltac:(lia) I2) as B2. cbn beta iota in B1, B2.
        unfold poolA, poolA' in *. apply in_seq in B1, B2. lia. }
      destruct Hg as [<-|[<-|[<-|[]]]]; cbn [fst snd] in *.
      * unfold stage_us in Ha. destruct (S k <? K); [|easy]. apply in_us_gen in Ha as [j [-> _]].
        destruct Hc as [<-|[]]. split; auto. left. apply in_seq in Hr. lia.
      * apply in_accs in Ha as [o [-> Ho]]. destruct (Nat.eqb_spec k 0); [easy|].
        destruct (B o Ho ltac:(auto)). destruct Hc as [<-|[<-|[]]]; cbn; auto.
      * apply in_accs' in Ha as [o [-> Ho]]. destruct (Nat.eqb_spec k 0); [easy|].
        destruct (B o Ho ltac:(auto)). destruct Hc as [<-|[<-|[]]]; cbn; auto.
    + subst t. unfold out in Hc. rewrite kind_merge in Hc |- *. rewrite app_nil_r in Hc.
      apply in_map_iff in Hc as [x [<- _]]. auto.
    + assert (k = S K) by lia. subst k t. unfold out in Hc. rewrite kind_read in Hc |- *.
      apply in_app_or in Hc as [Hc|Hc].
      * apply in_map_iff in Hc as [x [<- _]]. auto.
      * destruct a as [o|o|o]; [|easy|easy]. destruct (Nat.eqb_spec (S i) l); [|easy].
        destruct (o <? outs i); destruct Hc as [<-|[]]; cbn; auto.
Qed.

Lemma shared_agree cc b w w' r : w' (cc r) = w (cc r) -> shared cc b w' r = shared cc b w r.
Proof. unfold shared. intros ->. auto. Qed.

Lemma groups_agree t pl w w' : (forall c, reads t c -> w' c = w c) -> groups t pl w' = groups t pl w.
Proof.
  intros H. unfold groups. destruct (kind_of t) as [| | |i] eqn:Ek; auto.
  destruct (S i =? l); auto.
  assert (F : forall b, filter (shared (edgeC t pl i) b w') pool = filter (shared (edgeC t pl i) b w) pool).
  { intros b. apply filter_ext_in. intros r _. apply shared_agree, H. unfold reads, edgeC. rewrite Ek. auto. }
  rewrite !F. auto.
Qed.

Lemma layer_agree t w w' : S t < depth -> (forall c, reads t c -> w' c = w c) ->
  placed t (place t w) w' = placed t (place t w) w /\ layerfail t (place t w) w' = layerfail t (place t w) w.
Proof.
  intros Ht H. unfold placed, layerfail. rewrite (groups_agree t _ w w' H).
  assert (G : forall g, In g (groups t (place t w) w) ->
     serve (fit t (place t w) w') (fst g) (snd g) = serve (fit t (place t w) w) (fst g) (snd g) /\
     servefail (fit t (place t w) w') (fst g) (snd g) = servefail (fit t (place t w) w) (fst g) (snd g)).
  { intros g Hg. apply serve_ext. intros s r Hs Hr. apply fit_agree. intros c Hc. apply H.
    eapply rq_reads; eauto. }
  split; [apply flat_map_ext_in|apply existsb_ext_in]; intros g Hg; apply (G g Hg).
Qed.

(** the placement of layer t depends only on what layers before t read *)
Theorem place_agree t w w' : t < depth -> (forall t' c, t' < t -> reads t' c -> w' c = w c) -> place t w' = place t w.
Proof.
  induction t as [|t IH]; intros Ht H; auto.
  cbn [place]. rewrite IH by (try (intros t' c Ht'; apply H); lia).
  destruct (layer_agree t w w' ltac:(lia) ltac:(intros c; apply H; lia)) as [-> _]. auto.
Qed.
End Construction.
